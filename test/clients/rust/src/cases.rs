//! Cases: each is run, timed, and told in one line of JSON (test/clients/results.ts).

use serde_json::{json, Value};
use std::error::Error;
use std::future::Future;
use std::sync::LazyLock;
use std::time::Instant;

/// What a case says: nothing, or what was seen.
pub type Seen = Result<Option<String>, Box<dyn Error>>;

/// What the runner has made for this client (test/clients/stage.ts).
pub static STAGE: LazyLock<Value> = LazyLock::new(|| {
    let path = std::env::var("STRONGROOM_STAGE").expect("STRONGROOM_STAGE names the stage");
    let text = std::fs::read_to_string(path).expect("the stage can be read");
    serde_json::from_str(&text).expect("the stage is JSON")
});

/// A text of the stage, by its path: `exchangeKeys/symmetric`.
pub fn staged(path: &str) -> &'static str {
    let found = STAGE.pointer(&format!("/{path}"));
    found.and_then(Value::as_str).expect("the stage has it")
}

/// Runs one case; what it answers is shown beside it, an error makes it fail.
pub async fn case(name: &str, test: impl Future<Output = Seen>) {
    let started = Instant::now();
    let mut line = match test.await {
        Ok(None) => json!({ "name": name, "ok": true }),
        Ok(Some(detail)) => json!({ "name": name, "ok": true, "detail": detail }),
        Err(error) => json!({ "name": name, "ok": false, "detail": whole(error.as_ref()) }),
    };
    line["ms"] = json!(started.elapsed().as_micros() as f64 / 1000.0);
    println!("{line}");
}

/// An error of the SDK says little itself; its sources do.
fn whole(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        said = format!("{said}: {source}");
        next = source.source();
    }
    said
}

pub fn equal<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Result<(), Box<dyn Error>> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{found:?} is not {wanted:?}").into())
}
