//! A batch that only makes what is new, as one statement. Nothing of it is looked up, since the unique
//! indexes refuse all of it where something is there already; and the statement is a transaction of
//! its own, so that PostgreSQL is asked once.

use std::fmt::Write;

use deadpool_postgres::ClientWrapper;
use deodar_store::ChangeSetId;

use crate::batch::{Trouble, within};
use crate::error::{Failure, describe, is_end};
use crate::options::ROUND_TRIP_TIME_MAX;
use crate::steps::{Parameters, Step, steps};
use crate::tables::{INSERT_IDS, Tables};
use crate::value::Bits;

/// Writes the rows of `tables`, and the ids of the change sets that make them.
pub(crate) async fn write(
    client: &ClientWrapper,
    ids: &Vec<Bits>,
    tables: &Tables<'_>,
) -> Result<(), Trouble> {
    let mut all: Vec<Step<'_>> = vec![(INSERT_IDS, vec![ids as _])];
    all.extend(steps(tables));
    let (sql, parameters) = one_statement(all);
    // Until it is prepared nothing was sent that could be stored.
    let statement = within(client.prepare_cached(&sql)).await.map_err(Trouble::Aborted)?;
    let answer = client.query(&statement, &parameters);
    match tokio::time::timeout(ROUND_TRIP_TIME_MAX, answer).await {
        Ok(Ok(_)) => Ok(()),
        // An error that PostgreSQL tells ends the transaction, unless it ends the connection in the
        // place of the commit's answer.
        Ok(Err(error)) if error.as_db_error().is_some_and(|told| !is_end(told)) => {
            Err(Trouble::Aborted(Failure::of(&error)))
        }
        Ok(Err(error)) => Err(on_its_way(ids, describe(&error))),
        Err(_) => Err(on_its_way(ids, "the database took too long to answer".to_owned())),
    }
}

/// What is known of change sets whose statement was sent and not answered.
pub(crate) fn on_its_way(ids: &[Bits], reason: String) -> Trouble {
    Trouble::OnItsWay { reason, sent: ids.iter().map(|id| ChangeSetId(id.0)).collect() }
}

/// Several statements that write, as one. PostgreSQL carries out the main one and then the others
/// from the last to the first: written so, they are done in the order in which they are given, the
/// ids first, as in every other batch.
pub(crate) fn one_statement(all: Vec<Step<'_>>) -> (String, Parameters<'_>) {
    let mut parameters = Vec::new();
    let mut texts = Vec::with_capacity(all.len());
    for (sql, values) in all {
        texts.push(renumbered(sql, parameters.len()));
        parameters.extend(values);
    }
    let mut one = String::with_capacity(2_048);
    for (index, text) in texts.iter().enumerate().skip(1).rev() {
        let head = if one.is_empty() { "WITH" } else { "," };
        // Writing to a text does not fail.
        let _ = write!(one, "{head} part_{index} AS ({text})");
    }
    if let Some(main) = texts.first() {
        one.push(' ');
        one.push_str(main);
    }
    (one, parameters)
}

/// A statement whose values come after so many others.
fn renumbered(sql: &str, others: usize) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let number = number.parse().map_or(0, |number: usize| number + others);
        let _ = write!(text, "${number}{rest}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use deodar_kit::PostgresCluster;

    use super::*;
    use crate::address::DatabaseAddress;
    use crate::options::Options;
    use crate::session::Connector;
    use crate::store::PostgresStore;

    /// What is told of a change set whose statement waits for a server that is busy for ever.
    async fn told_by_a_busy_server(is_prepared: bool) -> Trouble {
        let text = PostgresCluster::shared_database().unwrap();
        let address = DatabaseAddress::parse(&text).unwrap();
        let lock_wait_max = Duration::from_hours(1);
        let options = Options { lock_wait_max, ..Options::default() };
        drop(PostgresStore::open_with(&address, options.clone()).await.unwrap());
        let connector = Connector::new(&address, &options).unwrap();
        let [client, holder] = [connector.open().await.unwrap(), connector.open().await.unwrap()];
        let (nothing, ids) = (Tables::default(), [1, 2].map(|id| vec![Bits(id)]));
        if is_prepared {
            write(&client, &ids[0], &nothing).await.unwrap();
        }
        let lock = "BEGIN; LOCK TABLE change_set_log IN ACCESS EXCLUSIVE MODE";
        holder.batch_execute(lock).await.unwrap();
        // From here on time goes on whenever everybody waits.
        tokio::time::pause();
        let written = write(&client, &ids[1], &nothing);
        let told = tokio::time::timeout(2 * ROUND_TRIP_TIME_MAX, written).await;
        tokio::time::resume();
        told.unwrap().unwrap_err()
    }

    #[tokio::test]
    async fn a_server_that_never_answers_is_given_up_and_what_was_sent_may_be_stored() {
        let told = told_by_a_busy_server(false).await;
        assert!(matches!(&told, Trouble::Aborted(Failure::Lost(_))), "{told:?}");
        let told = told_by_a_busy_server(true).await;
        let expected = [ChangeSetId(2)].into();
        let is_on_its_way = matches!(&told, Trouble::OnItsWay { sent, .. } if *sent == expected);
        assert!(is_on_its_way, "{told:?}");
    }

    #[test]
    fn statements_become_one_with_the_values_of_all() {
        let values = [0_i64; 12];
        let values = |count: usize| values[..count].iter().map(|value| value as _).collect();
        let first = ("INSERT INTO a SELECT $1, $2", values(2));
        let (sql, parameters) = one_statement(vec![first]);
        assert_eq!((sql.as_str(), parameters.len()), (" INSERT INTO a SELECT $1, $2", 2));

        let first = ("INSERT INTO a SELECT $1, $2", values(2));
        let second = ("INSERT INTO b SELECT $1::text[] WHERE c = $10", values(10));
        let third = ("INSERT INTO d SELECT 1", values(0));
        let (sql, parameters) = one_statement(vec![first, second, third]);
        let expected = "WITH part_2 AS (INSERT INTO d SELECT 1), \
            part_1 AS (INSERT INTO b SELECT $3::text[] WHERE c = $12) \
            INSERT INTO a SELECT $1, $2";
        assert_eq!((sql.as_str(), parameters.len()), (expected, 12));
    }
}
