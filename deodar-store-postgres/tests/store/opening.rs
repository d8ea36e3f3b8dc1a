//! Opening: what is refused, in one sentence that tells no password, and TLS.

use deodar_kit::{PostgresCluster, free_port};
use deodar_store::Store;
use deodar_store::contract::fixtures::{making, order_record};
use deodar_store_postgres::{DatabaseAddress, OpenError, PostgresStore};

async fn refusal(text: &str) -> String {
    let address = DatabaseAddress::parse(text).unwrap();
    let error = PostgresStore::open(&address).await.err().unwrap().to_string();
    assert!(!error.contains("password") && !error.contains('\n'), "{error}");
    error
}

#[tokio::test]
async fn what_cannot_keep_the_promises_is_refused_in_one_sentence() {
    let cluster = PostgresCluster::start_with("fsync = off").unwrap();
    let fast = cluster.create_database().unwrap();
    assert!(refusal(&fast).await.contains("runs with fsync = off"));

    let cluster = PostgresCluster::new().unwrap();
    let database = cluster.create_database().unwrap();
    let narrow = "CREATE DATABASE narrow ENCODING 'SQL_ASCII' TEMPLATE template0";
    cluster.sql("postgres", narrow).unwrap();
    assert!(refusal(&cluster.address("narrow")).await.contains("has the encoding SQL_ASCII"));
    assert!(refusal(&cluster.address("nowhere")).await.contains("does not exist (3D000)"));

    let address = DatabaseAddress::parse(&database).unwrap();
    assert_eq!(PostgresStore::is_in_use(&address).await, Ok(false));
    drop(PostgresStore::open(&address).await.unwrap());
    assert_eq!(PostgresStore::is_in_use(&address).await, Ok(true));
    let newer = "INSERT INTO deodar.schema_history VALUES (7001, 'newer', '', '')";
    cluster.sql("deodar_1", newer).unwrap();
    let told = refusal(&database).await;
    assert!(told.contains("has schema 7001, which a newer release wrote"), "{told}");

    cluster.sql("postgres", "CREATE ROLE reader LOGIN").unwrap();
    cluster.create_database().unwrap();
    let reader = cluster.address("deodar_2").replace("deodar:", "reader:");
    assert!(refusal(&reader).await.contains("cannot be migrated: permission denied"));

    let nobody = format!("postgres://deodar:password@127.0.0.1:{}/deodar", free_port().unwrap());
    let address = DatabaseAddress::parse(&nobody).unwrap();
    let error = PostgresStore::open(&address).await.err().unwrap();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_server_says_by_default() {
    let cluster = PostgresCluster::start_with("synchronous_commit = off").unwrap();
    let address = DatabaseAddress::parse(&cluster.create_database().unwrap()).unwrap();
    let facts = PostgresStore::facts(&address).await.unwrap();
    assert_eq!(facts.synchronous_commit, "on");
    assert!(facts.version.contains('.') || !facts.version.is_empty());
    assert!(facts.is_local && !facts.is_encrypted);
}

#[tokio::test]
async fn connections_are_encrypted_and_the_certificate_is_looked_at_where_that_is_asked_for() {
    let (cluster, authorities) = PostgresCluster::start_encrypted().unwrap();
    let database = cluster.create_database().unwrap();
    let trusted = format!("sslrootcert={}", authorities.display());
    let table = [
        ("sslmode=require".to_owned(), true),
        (format!("sslmode=verify-full&{trusted}"), true),
        ("sslmode=prefer".to_owned(), true),
        ("sslmode=disable".to_owned(), false),
    ];
    for (number, (query, is_encrypted)) in (1..).zip(table) {
        let address = DatabaseAddress::parse(&format!("{database}?{query}")).unwrap();
        let store = PostgresStore::open(&address).await.unwrap();
        store.commit(making(number, order_record(number).unwrap())).await.unwrap();
        let facts = PostgresStore::facts(&address).await.unwrap();
        assert_eq!(facts.is_encrypted, is_encrypted, "{query}");
    }
    // Nobody who is known has signed it; and it names another host.
    let elsewhere = database.replace("127.0.0.1", "localhost");
    for text in [
        format!("{database}?sslmode=verify-full"),
        format!("{elsewhere}?sslmode=verify-full&{trusted}"),
    ] {
        let told = refusal(&text).await;
        assert!(told.contains("certificate"), "{told}");
    }
}
