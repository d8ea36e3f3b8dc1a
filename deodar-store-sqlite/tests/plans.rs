//! How the database finds the rows of each statement: by a key or an index, and never by reading a
//! table that grows. The statements are all that the sources hold, so that none is forgotten.

#![expect(clippy::unwrap_used, reason = "what the tests share fails as they do")]

use std::path::{Path, PathBuf};

use deodar_store_sqlite::{OpenMode, SqliteStore};
use rusqlite::Connection;

/// The steps of plans that read more than a search finds: how the statement begins, what the step
/// is, and why it is bounded all the same.
const BOUNDED: [(&str, &str, &str); 7] = [
    ("SELECT key, version, document FROM merchant_record", "SCAN merchant_record", "all are told"),
    ("SELECT 1 FROM meta", "SCAN meta", "one row is read"),
    ("SELECT seq, ids FROM change_set_log", "SCAN change_set_log", "it ends after some ids"),
    ("SELECT depths FROM change_set_log", "SCAN change_set_log", "the last row is read"),
    ("SELECT id, level, buckets", "SCAN reference_run", "there are a few of each level"),
    ("SELECT account, currency, sum", "USE TEMP B-TREE FOR GROUP BY", "a chunk has a limit"),
    ("UPDATE job SET lease = NULL", "SCAN job USING INDEX job_held", "it holds leased jobs alone"),
];

/// What has statements of other databases, or of earlier releases.
const OTHERS: [&str; 3] = ["backup.rs", "reference/convert.rs", "tests.rs"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The texts between quotes, each after what stands between it and the one before.
fn literals(source: &str) -> Vec<(String, String)> {
    let (mut found, mut between) = (Vec::new(), String::new());
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '/' && rest.peek() == Some(&'/') {
            rest.by_ref().find(|c| *c == '\n');
        } else if c == '\'' && rest.peek() == Some(&'"') {
            rest.nth(1);
        } else if c == '"' {
            let mut text = String::new();
            while let Some(c) = rest.next().filter(|c| *c != '"') {
                match (c, rest.peek()) {
                    ('\\', Some('\n')) => while rest.next_if(|c| c.is_whitespace()).is_some() {},
                    ('\\', _) => text.extend(rest.next()),
                    _ => text.push(c),
                }
            }
            found.push((std::mem::take(&mut between), text));
        } else {
            between.push(c);
        }
    }
    found
}

/// The statements of a source. Those of records are put together for each table.
fn statements(source: &str) -> Vec<String> {
    let productive = source.split("#[cfg(test)]").next().unwrap();
    let literals = literals(productive);
    let tables = literals.iter().filter(|(between, _)| between.ends_with("record_sql!("));
    let tables: Vec<_> = tables.map(|(_, table)| table.as_str()).collect();
    let mut found: Vec<String> = Vec::new();
    for (between, text) in &literals {
        if between.trim_end().ends_with("$table,")
            && let Some(last) = found.last_mut()
        {
            last.push_str("$table");
            last.push_str(text);
        } else {
            found.push(text.clone());
        }
    }
    let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
    let is_statement = |text: &String| begins.iter().any(|begin| text.starts_with(begin));
    let in_tables = |text: String| -> Vec<String> {
        if text.contains("$table") {
            tables.iter().map(|table| text.replace("$table", table)).collect()
        } else {
            vec![text]
        }
    };
    found.into_iter().filter(is_statement).flat_map(in_tables).collect()
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get("detail").unwrap());
    }
    steps
}

fn is_bounded(sql: &str, step: &str) -> bool {
    !(step.starts_with("SCAN") || step.starts_with("USE TEMP B-TREE"))
        || BOUNDED.iter().any(|(begin, known, _)| sql.starts_with(begin) && step == *known)
}

#[test]
fn no_statement_reads_a_table_that_grows_or_sorts_what_it_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let store = SqliteStore::open(&path, OpenMode::Server).unwrap();
    let connection = Connection::open(&path).unwrap();
    let mut statements: Vec<String> = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .iter()
        .filter(|path| !OTHERS.iter().any(|other| path.ends_with(other)))
        .flat_map(|path| statements(&std::fs::read_to_string(path).unwrap()))
        .filter(|sql| !sql.contains("sqlite_schema") && !sql.contains("refinery"))
        .collect();
    statements.sort();
    statements.dedup();
    assert!(statements.len() > 70, "too few were found: {statements:#?}");
    for sql in &statements {
        for step in plan(&connection, sql) {
            assert!(is_bounded(sql, &step), "{sql}\n{step}");
        }
    }
    for (begin, known, _) in BOUNDED {
        let sql = statements.iter().find(|sql| sql.starts_with(begin)).unwrap();
        assert!(plan(&connection, sql).iter().any(|step| step == known), "{begin}: {known}");
    }
    drop(store);
}

#[test]
fn a_statement_that_reads_a_table_or_sorts_is_noticed() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t (key INTEGER PRIMARY KEY, name TEXT)").unwrap();
    for sql in [
        "SELECT key FROM t WHERE name = ?1",
        "SELECT name FROM t WHERE key > ?1 ORDER BY name",
        "DELETE FROM t WHERE name = ?1",
    ] {
        let found = statements(&format!("const A: &str = \"{sql}\"; // \"SELECT 1\"\n"));
        assert_eq!(found, [sql]);
        assert!(!plan(&connection, sql).iter().all(|step| is_bounded(sql, step)), "{sql}");
    }
}
