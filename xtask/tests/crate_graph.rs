//! The house: which crate may use which.

#![expect(clippy::expect_used, reason = "a test says what is wrong by it")]

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Every crate of the workspace and the crates of the workspace that it may use, beside
/// `deodar-domain`, which all may. A room may only use rooms below it.
const HOUSE: [(&str, &[&str]); 16] = [
    (
        "deodar",
        &[
            "deodar-acquirer",
            "deodar-api",
            "deodar-courier",
            "deodar-engine",
            "deodar-pages",
            "deodar-simulator",
            "deodar-store",
            "deodar-store-postgres",
            "deodar-store-sqlite",
            "deodar-wire",
        ],
    ),
    ("deodar-api", &["deodar-engine", "deodar-wire"]),
    ("deodar-pages", &["deodar-engine", "deodar-wire"]),
    ("deodar-courier", &["deodar-engine", "deodar-wire"]),
    ("deodar-client", &["deodar-wire"]),
    ("deodar-engine", &["deodar-acquirer", "deodar-store"]),
    ("deodar-simulator", &["deodar-acquirer"]),
    ("deodar-acquirer", &[]),
    ("deodar-store-postgres", &["deodar-store"]),
    ("deodar-store-sqlite", &["deodar-store"]),
    ("deodar-store", &[]),
    ("deodar-wire", &[]),
    ("deodar-domain", &[]),
    // What tests stand on may be a store of either kind.
    ("deodar-kit", &["deodar-store", "deodar-store-postgres"]),
    // It serves the gateway's own routes over stores of its own, and loads the gateway's.
    (
        "deodar-bench",
        &[
            "deodar",
            "deodar-api",
            "deodar-engine",
            "deodar-kit",
            "deodar-simulator",
            "deodar-store",
            "deodar-store-postgres",
            "deodar-store-sqlite",
            "deodar-wire",
        ],
    ),
    ("xtask", &[]),
];

/// What only some crates may use: the crates that know SQL, and those that know HTTP.
const ONLY: [(&[&str], &[&str]); 2] = [
    (
        &["rusqlite", "refinery", "tokio-postgres", "deadpool-postgres"],
        &["deodar-bench", "deodar-store-sqlite", "deodar-store-postgres", "deodar-simulator"],
    ),
    (
        &["axum", "http", "http-body-util", "hyper", "hyper-util", "hyper-rustls", "tower-http"],
        &[
            "deodar",
            "deodar-api",
            "deodar-bench",
            "deodar-client",
            "deodar-courier",
            "deodar-kit",
            "deodar-pages",
            "deodar-simulator",
        ],
    ),
];

/// What the domain must not see: clocks, random numbers, async, serialisation, I/O.
const DOMAIN_NEVER: [&str; 8] =
    ["async-trait", "futures", "getrandom", "rand", "serde", "serde_json", "tokio", "tracing"];

fn packages() -> Vec<Package> {
    MetadataCommand::new().no_deps().exec().expect("cargo metadata").packages
}

/// The names of what a crate uses when it is not being tested.
fn uses(package: &Package) -> impl Iterator<Item = &str> {
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.as_str())
}

#[test]
fn every_crate_uses_only_rooms_below_it() {
    let house: BTreeMap<_, _> = HOUSE.into_iter().collect();
    for package in packages() {
        let name = package.name.as_str();
        let allowed = house.get(name).unwrap_or_else(|| panic!("{name} has no room"));
        let own = |used: &&str| used.starts_with("deodar") || *used == "xtask";
        for used in uses(&package).filter(own) {
            let fine = used == "deodar-domain" || allowed.contains(&used);
            assert!(fine, "{name} must not use {used}");
        }
    }
}

#[test]
fn every_room_is_a_crate_in_the_folder_of_its_name() {
    let packages = packages();
    for (name, _) in HOUSE {
        let package = packages.iter().find(|package| package.name.as_str() == name);
        let package = package.unwrap_or_else(|| panic!("{name} is no crate"));
        let folder = package.manifest_path.parent().and_then(|path| path.file_name());
        let expected = match name {
            "deodar-bench" => "bench",
            "deodar-kit" => "kit",
            name => name,
        };
        assert_eq!(folder, Some(expected));
    }
}

#[test]
fn only_some_crates_know_sql_and_only_some_know_http() {
    for package in packages() {
        for (libraries, knowing) in ONLY {
            let knows = knowing.contains(&package.name.as_str());
            for used in uses(&package).filter(|used| libraries.contains(used)) {
                assert!(knows, "{} must not use {used}", package.name);
            }
        }
    }
}

#[test]
fn the_domain_is_pure() {
    let packages = packages();
    let domain = packages.iter().find(|package| package.name.as_str() == "deodar-domain");
    for used in uses(domain.expect("deodar-domain")) {
        assert!(!DOMAIN_NEVER.contains(&used), "deodar-domain must not use {used}");
    }
}
