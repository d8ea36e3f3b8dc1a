//! What `deodar doctor` says about a PostgreSQL server.

use std::time::Duration;

use deodar_domain::time::Timestamp;
use deodar_engine::{Clock, SystemClock};
use deodar_store_postgres::{DatabaseAddress, Facts, PostgresStore};

use super::{Finding, Report};
use crate::database::postgres_failure;

/// How far the clocks of the gateway and of the database may be apart.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(2);
/// How many connections a node makes: two that write and eight that read.
const NODE_CONNECTIONS: i64 = 10;

/// Tells what the server says about itself; `false` where it cannot be asked.
pub(super) async fn examine(address: &DatabaseAddress, report: &mut Report) -> bool {
    let before = SystemClock.now();
    let facts = match PostgresStore::facts(address).await {
        Ok(facts) => facts,
        Err(error) => {
            report.tell("server", Err(postgres_failure(&error).line()));
            return false;
        }
    };
    report.tell("server", Ok(format!("{address} is PostgreSQL {}", facts.version)));
    report.tell("durability", durability(&facts));
    report.tell("connections", connections(&facts));
    report.tell("encryption", encryption(&facts));
    report.tell("skew", skew(before, facts.now, SystemClock.now()));
    true
}

fn durability(facts: &Facts) -> Finding {
    for (setting, value) in [("fsync", &facts.fsync), ("full_page_writes", &facts.full_page_writes)]
    {
        if value == "off" {
            return Err(format!("{setting} is off, and a crash loses payments: set it to on"));
        }
    }
    let standbys = match facts.synchronous_standby_names.as_str() {
        "" => "no standby confirms a commit",
        names => &format!("a commit waits for {names}"),
    };
    Ok(format!("fsync is on, synchronous_commit is {}; {standbys}", facts.synchronous_commit))
}

fn connections(facts: &Facts) -> Finding {
    let Facts { connections, connections_max, .. } = facts;
    let free = i64::from(*connections_max).saturating_sub(*connections);
    if free < NODE_CONNECTIONS {
        return Err(format!(
            "only {free} of {connections_max} are free, and a node makes {NODE_CONNECTIONS}: raise \
             max_connections"
        ));
    }
    Ok(format!("{free} of {connections_max} are free; a node makes {NODE_CONNECTIONS}"))
}

fn encryption(facts: &Facts) -> Finding {
    match (facts.is_encrypted, facts.is_local) {
        (true, _) => Ok(String::from("connections are encrypted")),
        (false, true) => Ok(String::from("connections stay on this machine")),
        (false, false) => Err(String::from(
            "connections leave this machine in clear: add sslmode=verify-full to --database",
        )),
    }
}

/// The database's clock was read between two looks at ours.
fn skew(before: Timestamp, theirs: Timestamp, after: Timestamp) -> Finding {
    if theirs.plus(CLOCK_SKEW_MAX) < before || after.plus(CLOCK_SKEW_MAX) < theirs {
        return Err(format!(
            "the clock here says {after}, that of the database {theirs}: keep both right by NTP"
        ));
    }
    Ok(String::from("the clocks here and at the database agree"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            version: "15.0".into(),
            fsync: "on".into(),
            full_page_writes: "on".into(),
            synchronous_commit: "on".into(),
            synchronous_standby_names: String::new(),
            connections_max: 100,
            connections: 12,
            now: SystemClock.now(),
            is_encrypted: false,
            is_local: true,
        }
    }

    #[test]
    fn what_endangers_payments_is_a_fault() {
        type Check = fn(&Facts) -> Finding;
        type Spoil = fn(&mut Facts);
        assert!(durability(&facts()).is_ok() && connections(&facts()).is_ok());
        assert!(encryption(&facts()).is_ok());
        let table: [(Check, Spoil); 4] = [
            (durability, |facts| facts.fsync = "off".into()),
            (durability, |facts| facts.full_page_writes = "off".into()),
            (connections, |facts| facts.connections = 95),
            (encryption, |facts| facts.is_local = false),
        ];
        for (check, spoil) in table {
            let mut facts = facts();
            spoil(&mut facts);
            assert!(check(&facts).is_err(), "{facts:?}");
        }
    }

    #[test]
    fn clocks_that_differ_by_more_than_two_seconds_are_a_fault() {
        let now = SystemClock.now();
        let second = Duration::from_secs(1);
        for (theirs, is_fine) in [
            (now, true),
            (now.plus(second), true),
            (now.minus(second), true),
            (now.plus(5 * second), false),
            (now.minus(5 * second), false),
        ] {
            assert_eq!(skew(now, theirs, now).is_ok(), is_fine, "{theirs}");
        }
    }
}
