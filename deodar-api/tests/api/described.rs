//! What the API's description tells of its calls, so that no test forgets one.

use crate::common::Gateway;

/// Every path of the API's description with its methods, and whether each takes a body.
pub(crate) async fn paths_and_methods(gateway: &Gateway) -> Vec<(String, Vec<(String, bool)>)> {
    let description = gateway.call("GET", "/openapi.json").await.json();
    let paths = description["paths"].as_object().unwrap();
    let paths = paths.iter().map(|(path, operations)| {
        let operations = operations.as_object().unwrap();
        let methods = operations
            .iter()
            .map(|(method, told)| (method.to_uppercase(), told.get("requestBody").is_some()));
        (path.clone(), methods.collect())
    });
    paths.collect()
}

/// A path with `id` in the place of its parameter.
pub(crate) fn with_id(path: &str, id: &str) -> String {
    match (path.split_once('{'), path.split_once('}')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{id}{after}"),
        _ => path.to_owned(),
    }
}
