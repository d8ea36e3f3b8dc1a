//! Every look-up and list goes by an index, whatever the size of its table: the server's own plans are
//! read, on tables that hold enough to make reading all of them tempting.

use deodar_kit::PostgresCluster;

use crate::address::DatabaseAddress;
use crate::options::Options;
use crate::session::Connector;
use crate::steps::Step;
use crate::store::{self, PostgresStore};
use crate::{batch, direct, job, listing, prune, tables};

/// Fills the tables as ten thousand orders would.
const FILL: &str = "\
    INSERT INTO record (kind, key, version, format, merchant, order_key, has_link, aged_at, document) \
        SELECT kind, key, 1, 1, CASE WHEN kind < 6 THEN 100000 + key % 50 END, key, \
            kind = 2 AND key % 2 = 0, CASE kind WHEN 6 THEN key END, repeat('x', 300) \
        FROM generate_series(1, 10000) AS key, unnest('{2,3,4,6}'::smallint[]) AS kind; \
    INSERT INTO reference SELECT key, 2, 'order:100001:' || key FROM generate_series(1, 10000) AS key; \
    INSERT INTO job (id, queue, due_at, subject_kind, subject_key, payload) \
        SELECT key, 1 + key % 6, key, 2, key, repeat('x', 300) FROM generate_series(1, 10000) AS key; \
    INSERT INTO counter SELECT key, 'counter ' || key FROM generate_series(1, 10000) AS key; \
    INSERT INTO change SELECT key, key, 1 FROM generate_series(1, 10000) AS key; \
    INSERT INTO change_set_log (id) SELECT gen_random_uuid() FROM generate_series(1, 10000); \
    ANALYZE";

/// The plan of a statement in which every value is asked for when it runs, a step a line.
async fn plan(client: &tokio_postgres::Client, sql: &str) -> String {
    let statement = client.prepare(sql).await.unwrap();
    let values = vec!["NULL"; statement.params().len()].join(", ");
    let types: Vec<String> = statement
        .params()
        .iter()
        .map(|kind| kind.name().trim_start_matches('_').to_owned())
        .collect();
    let array = |index: usize, name: &String| {
        let is_array =
            matches!(statement.params()[index].kind(), tokio_postgres::types::Kind::Array(_));
        if is_array { format!("{name}[]") } else { name.clone() }
    };
    let types: Vec<String> =
        types.iter().enumerate().map(|(index, name)| array(index, name)).collect();
    let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
    let execute = if values.is_empty() { "p".to_owned() } else { format!("p({values})") };
    client.batch_execute(&format!("DEALLOCATE ALL; PREPARE p{types} AS {sql}")).await.unwrap();
    let rows = client.query(&format!("EXPLAIN EXECUTE {execute}"), &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect()
}

/// A batch with something in every table that it can make rows in, as one statement.
fn statement_of_everything() -> String {
    let step = |sql: &'static str| -> Step<'_> {
        let values = (1..).take_while(|number| sql.contains(&format!("${number}")));
        (sql, values.map(|_| &0_i64 as _).collect())
    };
    direct::one_statement(tables::STATEMENTS.into_iter().filter(is_made).map(step).collect()).0
}

fn is_made(sql: &&'static str) -> bool {
    [
        tables::INSERT_IDS,
        tables::INSERT_RECORDS,
        tables::INSERT_REFERENCES,
        tables::INSERT_JOBS,
        tables::INSERT_ENTRIES,
        tables::ADD_DEPTHS,
    ]
    .contains(sql)
}

#[tokio::test]
async fn no_table_that_grows_is_ever_read_whole() {
    let text = PostgresCluster::shared_database().unwrap();
    let address = DatabaseAddress::parse(&text).unwrap();
    let _store = PostgresStore::open_with(&address, Options::default()).await.unwrap();
    let (client, _task) =
        Connector::new(&address, &Options::default()).unwrap().connect().await.unwrap();
    client.batch_execute(FILL).await.unwrap();
    let statements = [store::STATEMENTS, batch::STATEMENTS, listing::STATEMENTS, job::STATEMENTS];
    let one = statement_of_everything();
    assert_eq!(one.matches("INSERT INTO").count(), 6, "{one}");
    let all = statements.concat().into_iter().chain(tables::STATEMENTS).chain([prune::PRUNE, &one]);
    for sql in all {
        let plan = plan(&client, sql).await;
        assert!(!plan.contains("Seq Scan on"), "{sql}\n{plan}");
        assert!(!plan.contains("Bitmap"), "{sql}\n{plan}");
    }
    for (sql, index) in [
        (listing::ORDERS, "record_merchant"),
        (listing::LINKS, "record_link"),
        (listing::REFUNDS, "record_merchant"),
        (listing::DELIVERIES, "record_merchant"),
        (listing::ANSWERS, "record_age"),
        (job::LEASE, "job_due"),
        (store::COUNTERS_BETWEEN, "counter_pkey"),
        (store::FIND, "reference_pkey"),
    ] {
        let plan = plan(&client, sql).await;
        assert!(plan.contains(&format!("using {index} on")), "{sql}\n{plan}");
        // A page is read in the order of its index, and not sorted out of all that there is.
        let page = plan.split("Limit").nth(1).unwrap_or_default();
        assert!(!page.contains("Sort"), "{sql}\n{plan}");
    }
}
