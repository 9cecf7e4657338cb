"""Cases: each is run, timed, and told in one line of JSON (test/clients/results.ts)."""

import json
import os
import time
import traceback

with open(os.environ["STRONGROOM_STAGE"], encoding="utf-8") as file:
    #: What the runner has made for this client (test/clients/stage.ts).
    STAGE = json.load(file)


def case(name, run):
    """Runs one case. What it returns is shown beside it; what it raises makes it fail."""
    started = time.perf_counter()
    try:
        detail = run()
        line = {"name": name, "ok": True, **({"detail": detail} if detail else {})}
    except Exception as error:  # every fault is the case's result
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(where.filename)}:{where.lineno}"
        line = {"name": name, "ok": False, "detail": f"{type(error).__name__}: {error} ({place})"}
    line["ms"] = round((time.perf_counter() - started) * 1000, 1)
    print(json.dumps(line), flush=True)


def equal(found, wanted, what="it"):
    if found != wanted:
        raise AssertionError(f"{what} is {found!r}, not {wanted!r}")
