//! The gateway against its own description: `schemathesis` finds nothing, and nothing is answered
//! that is not told.

use anyhow::Result;
use deodar_kit::{Gateway, GatewayOptions, Python};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");

#[tokio::test]
async fn the_gateway_does_what_its_description_says() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let keys = gateway.demo_keys()?;
    let arguments = [gateway.url(), &keys.client_id, &keys.client_secret];
    let finished = Python::find()?.run("openapi.py", &arguments, b"").await?;
    assert_eq!(finished.code, Some(0), "{}\n{}", finished.stdout, finished.stderr);
    assert!(finished.stdout.contains("No issues found"), "{}", finished.stdout);
    let steps = finished.stdout.lines().filter(|line| line.starts_with('{'));
    let steps: Vec<Value> = steps.map(serde_json::from_str).collect::<Result<_, _>>()?;
    let description = gateway.client().get("/openapi.json").await?.json();
    for operation in operations(&description) {
        let done = steps.iter().any(|step| step["step"] == operation);
        assert!(done, "{operation} is not part of the journey in testing/python/openapi.py");
    }
    Ok(())
}

/// The names of every operation.
fn operations(description: &Value) -> Vec<String> {
    let paths = description["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = paths.filter_map(Value::as_object).flat_map(|item| item.values());
    operations.filter_map(|told| Some(told["operationId"].as_str()?.to_owned())).collect()
}
