//! The AWS SDK for Rust, as its users use it.

mod cases;
mod operations;
mod specs;

use cases::case;

/// What Cargo.lock says of a package.
fn locked(name: &str) -> Option<String> {
    let text = include_str!("../Cargo.lock");
    let after = text
        .split(&format!("name = \"{name}\"\nversion = \""))
        .nth(1)?;
    Some(format!("{name} {}", after.split('"').next()?))
}

#[tokio::main]
async fn main() {
    // As every user does: Region, credentials and endpoint are in the environment.
    let config = aws_config::load_from_env().await;
    case("versions", async {
        let names = ["aws-sdk-kms", "aws-config", "aws-lc-rs"];
        Ok(Some(
            names
                .iter()
                .filter_map(|name| locked(name))
                .collect::<Vec<_>>()
                .join(", "),
        ))
    })
    .await;
    operations::run(&config).await;
    specs::run(&aws_sdk_kms::Client::new(&config)).await;
}
