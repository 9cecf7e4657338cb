/*
 * A PKCS#11 module that passes every call to a real one and injects faults on the way.
 *
 * Environment
 *   P11FAULT_TARGET   the real module
 *   P11FAULT_CONTROL  directives, one a line; looked at before every call, replaced by rename
 *   P11FAULT_STATE    counters, shared by all processes: an array of struct counter
 *
 * Directives (F is a function such as C_Encrypt)
 *   delay F MICROSECONDS    sleep before the call
 *   fail F RV [COUNT]       return RV instead of calling, COUNT times in all processes together
 *   failafter F RV [COUNT]  make the call, then return RV: the result is lost
 *   hang F                  block until the directives change
 *   crash F                 abort the process
 *   dead RV                 everything but C_Initialize and C_Finalize returns RV
 *   absent                  there are no slots
 *   cantlock                C_Initialize refuses CKF_OS_LOCKING_OK
 *   epoch N                 a new N loses all open sessions and the login, as a reboot does
 *   lie ATTRIBUTE BYTE      C_GetAttributeValue reports this first byte
 *   flip ATTRIBUTE          C_GetAttributeValue flips a bit of this one
 *   corrupt F               flips a bit of what C_Encrypt, C_Decrypt or C_Sign made
 *   stick F RV              F (or "all" that need a session) returns RV in every process that runs
 *                           now, until that process has called C_Finalize
 *   unshared                only the thread that called C_Initialize is known to the library
 *   sessions N              a process gets N sessions, and C_GetTokenInfo does not say so
 *   shown N                 the same, and it does
 *   objects N               a process sees room for N objects, those of its sessions counted
 *   readonly                there are no read-write sessions
 *   ivbits N                AES-GCM wants this in ulIvBits
 *   oaepsource N            RSA-OAEP wants this as source
 *   lasttry                 C_GetTokenInfo says that the user PIN has one try left
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FUNCTIONS(X)                                                                    \
  X(Initialize) X(Finalize) X(GetSlotList) X(GetTokenInfo) X(OpenSession)               \
  X(CloseSession) X(GetSessionInfo) X(Login) X(CreateObject) X(DestroyObject)           \
  X(GetAttributeValue) X(FindObjectsInit) X(FindObjects) X(FindObjectsFinal)            \
  X(EncryptInit) X(Encrypt) X(DecryptInit) X(Decrypt) X(GenerateKey) X(GenerateRandom)  \
  X(SignInit) X(Sign) X(GenerateKeyPair) X(DeriveKey) X(UnwrapKey) X(InitToken) X(InitPIN)

enum {
#define X(name) F_##name,
  FUNCTIONS(X)
#undef X
  F_COUNT
};

static const char *const NAMES[] = {
#define X(name) "C_" #name,
  FUNCTIONS(X)
#undef X
};

struct counter {
  char name[32];
  unsigned long calls;
  unsigned long injected;
};

struct fault {
  long delay_us;
  CK_RV rv;
  long count; /* -1: for ever */
  int after;
  int hang;
  int crash;
  int corrupt;
};

#define MAX_SESSIONS 4096

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST wrapped;
static struct counter *counters;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Held for reading inside the real module, for writing by a reboot: SoftHSM crashes when sessions
 * close under a running call. */
static pthread_rwlock_t inside = PTHREAD_RWLOCK_INITIALIZER;

static struct {
  struct fault faults[F_COUNT];
  CK_RV dead;
  int absent;
  int cantlock;
  int unshared;
  int readonly;
  long gcm_iv_bits; /* -1: whatever it is */
  long oaep_source; /* -1: whatever it is */
  int lasttry;
  long session_limit;
  long object_limit; /* 0: none */
  int limit_shown;
  CK_RV stuck_rv;
  int stuck_f; /* F_COUNT: all that need a session */
  long epoch;
  CK_ATTRIBUTE_TYPE lie_type;
  int lie_byte; /* -1: no lie */
  CK_ATTRIBUTE_TYPE flip_type;
} now = {.gcm_iv_bits = -1, .oaep_source = -1, .lie_byte = -1, .flip_type = CK_UNAVAILABLE_INFORMATION};

static struct stat seen;
static unsigned generation;
static int rebooted;
static struct {
  CK_SESSION_HANDLE handle;
  long epoch;
} sessions[MAX_SESSIONS];
static int session_count;
static long open_sessions;
static int is_stuck;
static pthread_t initialiser;

static void sleep_us(long us) {
  struct timespec left = {us / 1000000, (us % 1000000) * 1000};
  while (nanosleep(&left, &left) != 0) {
  }
}

static void read_directive(char *line) {
  char word[4][64];
  int words = sscanf(line, "%63s %63s %63s %63s", word[0], word[1], word[2], word[3]);
  if (words < 1) return;
  if (strcmp(word[0], "absent") == 0) now.absent = 1;
  if (strcmp(word[0], "cantlock") == 0) now.cantlock = 1;
  if (strcmp(word[0], "unshared") == 0) now.unshared = 1;
  if (strcmp(word[0], "readonly") == 0) now.readonly = 1;
  if (strcmp(word[0], "lasttry") == 0) now.lasttry = 1;
  if (words < 2) return;
  if (strcmp(word[0], "dead") == 0) now.dead = strtoul(word[1], NULL, 0);
  if (strcmp(word[0], "sessions") == 0 || strcmp(word[0], "shown") == 0) {
    now.session_limit = atol(word[1]);
    now.limit_shown = strcmp(word[0], "shown") == 0;
  }
  if (strcmp(word[0], "stick") == 0 && words > 2) {
    now.stuck_rv = strtoul(word[2], NULL, 0);
    now.stuck_f = F_COUNT;
    for (int f = 0; f < F_COUNT; f++) {
      if (strcmp(word[1], NAMES[f]) == 0) now.stuck_f = f;
    }
  }
  if (strcmp(word[0], "objects") == 0) now.object_limit = atol(word[1]);
  if (strcmp(word[0], "ivbits") == 0) now.gcm_iv_bits = atol(word[1]);
  if (strcmp(word[0], "oaepsource") == 0) now.oaep_source = atol(word[1]);
  if (strcmp(word[0], "epoch") == 0) now.epoch = atol(word[1]);
  if (strcmp(word[0], "flip") == 0) now.flip_type = strtoul(word[1], NULL, 0);
  if (strcmp(word[0], "lie") == 0 && words > 2) {
    now.lie_type = strtoul(word[1], NULL, 0);
    now.lie_byte = atoi(word[2]);
  }
  for (int f = 0; f < F_COUNT; f++) {
    struct fault *fault = &now.faults[f];
    if (strcmp(word[1], NAMES[f]) != 0) continue;
    if (strcmp(word[0], "hang") == 0) fault->hang = 1;
    if (strcmp(word[0], "crash") == 0) fault->crash = 1;
    if (strcmp(word[0], "corrupt") == 0) fault->corrupt = 1;
    if (words < 3) continue;
    if (strcmp(word[0], "delay") == 0) fault->delay_us = atol(word[2]);
    if (strcmp(word[0], "fail") == 0 || strcmp(word[0], "failafter") == 0) {
      fault->rv = strtoul(word[2], NULL, 0);
      fault->count = words > 3 ? atol(word[3]) : -1;
      fault->after = strcmp(word[0], "failafter") == 0;
    }
  }
}

/* Reads the directives again when the file is another one. The lock is held. */
static void refresh(void) {
  const char *path = getenv("P11FAULT_CONTROL");
  struct stat found;
  if (path == NULL || stat(path, &found) != 0) return;
  if (found.st_ino == seen.st_ino && found.st_mtim.tv_sec == seen.st_mtim.tv_sec &&
      found.st_mtim.tv_nsec == seen.st_mtim.tv_nsec) {
    return;
  }
  long epoch = now.epoch;
  int first = seen.st_ino == 0;
  seen = found;
  generation++;
  memset(&now, 0, sizeof now);
  now.lie_byte = -1;
  now.gcm_iv_bits = -1;
  now.oaep_source = -1;
  now.flip_type = CK_UNAVAILABLE_INFORMATION;
  now.epoch = epoch;
  FILE *file = fopen(path, "r");
  if (file == NULL) return;
  char line[256];
  while (fgets(line, sizeof line, file) != NULL) read_directive(line);
  fclose(file);
  if (!first && now.epoch != epoch) rebooted = 1;
  is_stuck = !first && now.stuck_rv != CKR_OK;
}

static int is_lost(CK_SESSION_HANDLE session) {
  for (int i = 0; i < session_count; i++) {
    if (sessions[i].handle == session) return sessions[i].epoch != now.epoch;
  }
  return 0;
}

/* Whether this call is one of the COUNT to be spoilt. The counter is shared between processes. */
static int is_due(int f) {
  const struct fault *fault = &now.faults[f];
  if (fault->rv == CKR_OK) return 0;
  if (fault->count < 0) return 1;
  if (counters == NULL) return 0;
  unsigned long before = __atomic_fetch_add(&counters[f].injected, 1, __ATOMIC_SEQ_CST);
  return before < (unsigned long)fault->count;
}

/* What to return instead of calling, CKR_OK to go on; *after is returned once the call is made. */
static CK_RV gate(int f, CK_SESSION_HANDLE session, CK_RV *after) {
  *after = CKR_OK;
  pthread_mutex_lock(&lock);
  refresh();
  if (counters != NULL) __atomic_fetch_add(&counters[f].calls, 1, __ATOMIC_SEQ_CST);
  if (now.faults[f].crash) abort();
  unsigned entered = generation;
  while (now.faults[f].hang && generation == entered) {
    pthread_mutex_unlock(&lock);
    sleep_us(5000);
    pthread_mutex_lock(&lock);
    refresh();
  }
  CK_RV rv = CKR_OK;
  if (now.dead != CKR_OK && f != F_Initialize && f != F_Finalize) rv = now.dead;
  else if (now.unshared && f != F_Initialize && !pthread_equal(pthread_self(), initialiser)) {
    rv = CKR_CRYPTOKI_NOT_INITIALIZED;
  } else if (is_stuck && (now.stuck_f == f || (now.stuck_f == F_COUNT && session != 0))) {
    rv = now.stuck_rv;
  }
  else if (session != 0 && is_lost(session)) rv = CKR_SESSION_HANDLE_INVALID;
  else if (is_due(f)) {
    if (now.faults[f].after) *after = now.faults[f].rv;
    else rv = now.faults[f].rv;
  }
  long delay = now.faults[f].delay_us;
  pthread_mutex_unlock(&lock);
  if (rv == CKR_OK && delay > 0) sleep_us(delay);
  return rv;
}

/* `then` runs after the call, with its return value in rv. */
#define WRAP_THEN(name, session, parameters, arguments, then) \
  static CK_RV fault_##name parameters {                      \
    CK_RV after;                                              \
    CK_RV rv = gate(F_##name, session, &after);               \
    if (rv != CKR_OK) return rv;                              \
    pthread_rwlock_rdlock(&inside);                           \
    rv = real->C_##name arguments;                            \
    pthread_rwlock_unlock(&inside);                           \
    then;                                                     \
    return after != CKR_OK ? after : rv;                      \
  }

/* Whether there is no room for `more` objects beside those that the session can see. */
static int is_full(CK_SESSION_HANDLE s, CK_ULONG more) {
  CK_OBJECT_HANDLE found[64];
  CK_ULONG got = 0, count = 0, limit = (CK_ULONG)now.object_limit;
  if (limit == 0 || real->C_FindObjectsInit(s, NULL, 0) != CKR_OK) return 0;
  while (count + more <= limit && real->C_FindObjects(s, found, 64, &got) == CKR_OK && got > 0) {
    count += got;
  }
  real->C_FindObjectsFinal(s);
  return count + more > limit;
}

/* A function that makes so many objects. */
#define MAKES(name, objects, parameters, arguments)                    \
  static CK_RV fault_##name parameters {                               \
    CK_RV after;                                                       \
    CK_RV rv = gate(F_##name, s, &after);                              \
    if (rv != CKR_OK) return rv;                                       \
    pthread_rwlock_rdlock(&inside);                                    \
    rv = is_full(s, objects) ? CKR_DEVICE_MEMORY : real->C_##name arguments; \
    pthread_rwlock_unlock(&inside);                                    \
    return after != CKR_OK ? after : rv;                               \
  }

#define SESSION CK_SESSION_HANDLE s
#define TEMPLATE CK_ATTRIBUTE *t, CK_ULONG n
#define WRAP(name, session, parameters, arguments) \
  WRAP_THEN(name, session, parameters, arguments, (void)0)
#define INIT(name)                                                                  \
  static CK_RV fault_##name(SESSION, CK_MECHANISM *m, CK_OBJECT_HANDLE k) {         \
    CK_RV after;                                                                    \
    CK_RV rv = gate(F_##name, s, &after);                                           \
    if (rv == CKR_OK) rv = check_parameters(m);                                     \
    if (rv != CKR_OK) return rv;                                                    \
    pthread_rwlock_rdlock(&inside);                                                 \
    rv = real->C_##name(s, m, k);                                                   \
    pthread_rwlock_unlock(&inside);                                                 \
    return after != CKR_OK ? after : rv;                                            \
  }
#define TRANSFORM(name)                                                                  \
  WRAP_THEN(name, s, (SESSION, CK_BYTE *in, CK_ULONG size, CK_BYTE *out, CK_ULONG *got), \
            (s, in, size, out, got), spoil(F_##name, rv, out, *got))

/* A library with wishes of its own, which the real module doesn't have. */
static CK_RV check_parameters(CK_MECHANISM *m) {
  if (m->mechanism == CKM_AES_GCM && now.gcm_iv_bits >= 0) {
    CK_GCM_PARAMS *gcm = m->pParameter;
    if (gcm->ulIvBits != (CK_ULONG)now.gcm_iv_bits) return CKR_MECHANISM_PARAM_INVALID;
  }
  if (m->mechanism == CKM_RSA_PKCS_OAEP && now.oaep_source >= 0) {
    CK_RSA_PKCS_OAEP_PARAMS *oaep = m->pParameter;
    if (oaep->source != (CK_ULONG)now.oaep_source) return CKR_MECHANISM_PARAM_INVALID;
    oaep->source = 1; /* CKZ_DATA_SPECIFIED */
  }
  return CKR_OK;
}

/* Flips a bit of a result. */
static void spoil(int f, CK_RV rv, CK_BYTE *out, CK_ULONG size) {
  if (rv == CKR_OK && now.faults[f].corrupt && out != NULL && size > 0) out[0] ^= 1;
}

static void count_closed(CK_RV rv) {
  pthread_mutex_lock(&lock);
  if (rv == CKR_OK) open_sessions--;
  pthread_mutex_unlock(&lock);
}

static void finalized(void) {
  pthread_mutex_lock(&lock);
  open_sessions = 0;
  is_stuck = 0;
  pthread_mutex_unlock(&lock);
}

static void show_limit(CK_RV rv, CK_TOKEN_INFO *info) {
  if (rv == CKR_OK && now.lasttry) info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (rv == CKR_OK && now.limit_shown) {
    info->ulMaxSessionCount = info->ulMaxRwSessionCount = (CK_ULONG)now.session_limit;
  }
}

WRAP_THEN(Finalize, 0, (void *reserved), (reserved), finalized())
WRAP_THEN(GetTokenInfo, 0, (CK_SLOT_ID slot, CK_TOKEN_INFO *info), (slot, info),
          show_limit(rv, info))
WRAP_THEN(CloseSession, s, (SESSION), (s), count_closed(rv))
WRAP(GetSessionInfo, s, (SESSION, CK_SESSION_INFO *info), (s, info))
WRAP(Login, s, (SESSION, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG size), (s, user, pin, size))
MAKES(CreateObject, 1, (SESSION, TEMPLATE, CK_OBJECT_HANDLE *o), (s, t, n, o))
WRAP(DestroyObject, s, (SESSION, CK_OBJECT_HANDLE o), (s, o))
WRAP(FindObjectsInit, s, (SESSION, TEMPLATE), (s, t, n))
WRAP(FindObjects, s, (SESSION, CK_OBJECT_HANDLE *o, CK_ULONG max, CK_ULONG *got), (s, o, max, got))
WRAP(FindObjectsFinal, s, (SESSION), (s))
INIT(EncryptInit)
TRANSFORM(Encrypt)
INIT(DecryptInit)
TRANSFORM(Decrypt)
MAKES(GenerateKey, 1, (SESSION, CK_MECHANISM *m, TEMPLATE, CK_OBJECT_HANDLE *o), (s, m, t, n, o))
INIT(SignInit)
TRANSFORM(Sign)
MAKES(GenerateKeyPair, 2,
     (SESSION, CK_MECHANISM *m, TEMPLATE, CK_ATTRIBUTE *pt, CK_ULONG pn, CK_OBJECT_HANDLE *public,
      CK_OBJECT_HANDLE *private),
     (s, m, t, n, pt, pn, public, private))
MAKES(DeriveKey, 1, (SESSION, CK_MECHANISM *m, CK_OBJECT_HANDLE base, TEMPLATE, CK_OBJECT_HANDLE *o),
     (s, m, base, t, n, o))
MAKES(UnwrapKey, 1,
     (SESSION, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *in, CK_ULONG size, TEMPLATE,
      CK_OBJECT_HANDLE *o),
     (s, m, key, in, size, t, n, o))
WRAP(GenerateRandom, s, (SESSION, CK_BYTE *out, CK_ULONG size), (s, out, size))

WRAP(InitToken, 0, (CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG size, CK_UTF8CHAR *label),
     (slot, pin, size, label))
WRAP(InitPIN, s, (SESSION, CK_UTF8CHAR *pin, CK_ULONG size), (s, pin, size))

static CK_RV fault_Initialize(void *arguments) {
  CK_RV after;
  CK_RV rv = gate(F_Initialize, 0, &after);
  if (rv != CKR_OK) return rv;
  const CK_C_INITIALIZE_ARGS *given = arguments;
  if (now.cantlock && given != NULL && (given->flags & CKF_OS_LOCKING_OK)) return CKR_CANT_LOCK;
  pthread_mutex_lock(&lock);
  initialiser = pthread_self();
  pthread_mutex_unlock(&lock);
  rv = real->C_Initialize(arguments);
  return after != CKR_OK ? after : rv;
}

static CK_RV fault_GetSlotList(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count) {
  CK_RV after;
  CK_RV rv = gate(F_GetSlotList, 0, &after);
  if (rv != CKR_OK) return rv;
  if (now.absent) {
    *count = 0;
    return CKR_OK;
  }
  rv = real->C_GetSlotList(present, slots, count);
  return after != CKR_OK ? after : rv;
}

static CK_RV fault_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
                               CK_NOTIFY notify, CK_SESSION_HANDLE *session) {
  CK_RV after;
  CK_RV rv = gate(F_OpenSession, 0, &after);
  if (rv != CKR_OK) return rv;
  if (now.readonly && (flags & CKF_RW_SESSION)) return CKR_TOKEN_WRITE_PROTECTED;
  if (now.session_limit > 0 && open_sessions >= now.session_limit) return CKR_SESSION_COUNT;
  pthread_rwlock_wrlock(&inside);
  pthread_mutex_lock(&lock);
  int reboot = rebooted;
  rebooted = 0;
  pthread_mutex_unlock(&lock);
  if (reboot) real->C_CloseAllSessions(slot);
  rv = real->C_OpenSession(slot, flags, application, notify, session);
  pthread_rwlock_unlock(&inside);
  if (rv != CKR_OK) return rv;
  pthread_mutex_lock(&lock);
  open_sessions++;
  int i = 0;
  while (i < session_count && sessions[i].handle != *session) i++;
  if (i < MAX_SESSIONS) {
    sessions[i].handle = *session;
    sessions[i].epoch = now.epoch;
    if (i == session_count) session_count++;
  }
  pthread_mutex_unlock(&lock);
  return after;
}

static CK_RV fault_GetAttributeValue(SESSION, CK_OBJECT_HANDLE object, TEMPLATE) {
  CK_RV after;
  CK_RV rv = gate(F_GetAttributeValue, s, &after);
  if (rv != CKR_OK) return rv;
  pthread_rwlock_rdlock(&inside);
  rv = real->C_GetAttributeValue(s, object, t, n);
  pthread_rwlock_unlock(&inside);
  for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++) {
    if (t[i].pValue == NULL || t[i].ulValueLen == 0) continue;
    unsigned char *first = t[i].pValue;
    if (now.lie_byte >= 0 && t[i].type == now.lie_type) *first = (unsigned char)now.lie_byte;
    if (t[i].type == now.flip_type) *first ^= 1;
  }
  return after != CKR_OK ? after : rv;
}

static void open_state(void) {
  const char *path = getenv("P11FAULT_STATE");
  if (path == NULL) return;
  size_t size = sizeof(struct counter) * F_COUNT;
  int fd = open(path, O_RDWR | O_CREAT, 0600);
  if (fd < 0) return;
  if (ftruncate(fd, (off_t)size) == 0) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) counters = at;
  }
  close(fd);
  for (int f = 0; counters != NULL && f < F_COUNT; f++) {
    strncpy(counters[f].name, NAMES[f], sizeof counters[f].name - 1);
  }
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
  pthread_mutex_lock(&lock);
  if (real == NULL) {
    const char *target = getenv("P11FAULT_TARGET");
    void *library = target == NULL ? NULL : dlopen(target, RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get =
        library == NULL ? NULL : (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    if (get == NULL || get(&real) != CKR_OK) {
      pthread_mutex_unlock(&lock);
      return CKR_GENERAL_ERROR;
    }
    open_state();
    wrapped = *real;
    wrapped.C_GetFunctionList = C_GetFunctionList;
#define X(name) wrapped.C_##name = fault_##name;
    FUNCTIONS(X)
#undef X
  }
  pthread_mutex_unlock(&lock);
  *list = &wrapped;
  return CKR_OK;
}
