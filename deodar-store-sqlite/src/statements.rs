//! The statements of a batch.

use std::cell::RefCell;
use std::ops::Deref;

use rusqlite::{CachedStatement, Connection, Statement};

/// How many different statements a batch uses again and again, about.
const READY: usize = 16;

/// A connection whose statements are looked up in its cache once a batch: by their text that takes
/// as long as some of them take to run.
pub(crate) struct Statements<'a> {
    connection: &'a Connection,
    ready: RefCell<Vec<(&'static str, CachedStatement<'a>)>>,
}

impl<'a> Statements<'a> {
    /// No statement is looked up yet.
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection, ready: RefCell::new(Vec::with_capacity(READY)) }
    }

    /// Runs a statement.
    pub(crate) fn with<T>(
        &self,
        sql: &'static str,
        run: impl FnOnce(&mut Statement<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let (sql, mut statement) = match self.take(sql) {
            Some(ready) => ready,
            None => (sql, self.connection.prepare_cached(sql)?),
        };
        let outcome = run(&mut statement);
        self.ready.borrow_mut().push((sql, statement));
        outcome
    }

    /// Takes a statement out, so that none is borrowed while another runs.
    fn take(&self, sql: &'static str) -> Option<(&'static str, CachedStatement<'a>)> {
        let mut ready = self.ready.borrow_mut();
        let is_it = |text: &'static str| std::ptr::eq(text, sql) || text == sql;
        let place = ready.iter().position(|(text, _)| is_it(text))?;
        Some(ready.swap_remove(place))
    }
}

impl Deref for Statements<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_MORE: &str = "INSERT INTO place (number) VALUES (?1)";
    const HOW_MANY: &str = "SELECT count(*) FROM place";

    #[test]
    fn a_statement_runs_again_also_within_another_and_after_an_error() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE place (number INTEGER PRIMARY KEY)").unwrap();
        let statements = Statements::new(&connection);
        let insert = |number: i64| statements.with(ONE_MORE, |one| one.execute([number]));
        let count = || statements.with(HOW_MANY, |all| all.query_row([], |row| row.get(0)));
        assert_eq!(insert(1), Ok(1));
        assert!(insert(1).is_err());
        assert_eq!(insert(2), Ok(1));
        assert_eq!(count(), Ok(2));
        let within = statements.with(ONE_MORE, |one| Ok((insert(3)?, one.execute([4])?)));
        assert_eq!(within, Ok((1, 1)));
        assert_eq!(count(), Ok(4));
        assert!(statements.with("SELECT nothing FROM nowhere", |_| Ok(())).is_err());
    }
}
