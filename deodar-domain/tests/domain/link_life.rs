//! The life of a link: every state, every command.

use deodar_domain::event::Event;
use deodar_domain::link::{LinkCommand, LinkState, next};

const COMMANDS: [(&str, LinkCommand); 10] = [
    ("click", LinkCommand::Click),
    ("attempt started", LinkCommand::AttemptStarted),
    ("attempt ended", LinkCommand::AttemptEnded { part_paid: false }),
    ("… after a part", LinkCommand::AttemptEnded { part_paid: true }),
    ("part paid", LinkCommand::PartPaid),
    ("paid", LinkCommand::Paid),
    ("cancel", LinkCommand::Cancel),
    ("notify", LinkCommand::Notify),
    ("order ended", LinkCommand::OrderEnded),
    ("expire", LinkCommand::Expire),
];

/// What becomes of a link. A dash is a refusal, with its name; a star means that the merchant is
/// told by the event of the state.
const LIFE_WHILE_OPEN: &str = "
state           | CREATED           | CLICKED           | PAYMENT_INITIATED  | PARTIAL_PROCESSED
click           | CLICKED*          | CLICKED           | PAYMENT_INITIATED  | PARTIAL_PROCESSED
attempt started | PAYMENT_INITIATED | PAYMENT_INITIATED | - AttemptInFlight  | PAYMENT_INITIATED
attempt ended   | - UnknownPayment  | - UnknownPayment  | CLICKED            | - UnknownPayment
… after a part  | - UnknownPayment  | - UnknownPayment  | PARTIAL_PROCESSED  | - UnknownPayment
part paid       | - UnknownPayment  | - UnknownPayment  | PARTIAL_PROCESSED* | - UnknownPayment
paid            | - UnknownPayment  | - UnknownPayment  | PROCESSED*         | - UnknownPayment
cancel          | CANCELLED*        | CANCELLED*        | - AttemptInFlight  | CANCELLED*
notify          | CREATED           | CLICKED           | - AttemptInFlight  | PARTIAL_PROCESSED
order ended     | CANCELLED*        | CANCELLED*        | CANCELLED*         | CANCELLED*
expire          | EXPIRED*          | EXPIRED*          | - AttemptInFlight  | EXPIRED*
";

/// The same for a link that was paid, or has ended.
const LIFE_AFTER: &str = "
state           | PROCESSED            | EXPIRED              | CANCELLED
click           | PROCESSED            | EXPIRED              | CANCELLED
attempt started | - AlreadyPaid        | - LinkExpired        | - LinkCancelled
attempt ended   | - UnknownPayment     | - UnknownPayment     | - UnknownPayment
… after a part  | - UnknownPayment     | - UnknownPayment     | - UnknownPayment
part paid       | - UnknownPayment     | - UnknownPayment     | - UnknownPayment
paid            | - UnknownPayment     | - UnknownPayment     | - UnknownPayment
cancel          | - LinkNotCancellable | - LinkNotCancellable | - LinkCancelled
notify          | - LinkNotNotifiable  | - LinkNotNotifiable  | - LinkNotNotifiable
order ended     | CANCELLED*           | EXPIRED              | CANCELLED
expire          | PROCESSED            | EXPIRED              | - LinkCancelled
";

fn cells(line: &str) -> Vec<&str> {
    line.split('|').map(str::trim).collect()
}

/// The event that tells of a state, where there is one.
fn event_of(state: LinkState) -> Option<Event> {
    match state {
        LinkState::Created => Some(Event::LinkCreated),
        LinkState::Clicked => Some(Event::LinkClicked),
        LinkState::PaymentInitiated => None,
        LinkState::Processed => Some(Event::LinkProcessed),
        LinkState::PartialProcessed => Some(Event::LinkPartialProcessed),
        LinkState::Expired => Some(Event::LinkExpired),
        LinkState::Cancelled => Some(Event::LinkCancelled),
    }
}

/// Compares one table; gives the names of its states.
fn compare(table: &'static str) -> Vec<&'static str> {
    let mut lines = table.trim().lines().map(cells);
    let head = lines.next().unwrap();
    let rows: Vec<_> = lines.collect();
    let commands: Vec<_> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(commands, COMMANDS.map(|(name, _)| name));
    for (row, (name, command)) in rows.iter().zip(COMMANDS) {
        for (state, expected) in head[1..].iter().zip(&row[1..]) {
            let actual = match next(LinkState::from_name(state).unwrap(), command) {
                Ok((next, event)) => {
                    assert!(event.is_none() || event == event_of(next), "{state}, {name}");
                    format!("{}{}", next.name(), if event.is_some() { "*" } else { "" })
                }
                Err(refusal) => format!("- {refusal:?}"),
            };
            assert_eq!(&actual, expected, "{state}, {name}");
        }
        assert_eq!(row.len(), head.len(), "{name}");
    }
    head[1..].to_vec()
}

#[test]
fn the_table_of_a_links_life_is_whole() {
    let mut states = compare(LIFE_WHILE_OPEN);
    states.extend(compare(LIFE_AFTER));
    states.sort_unstable();
    let mut all = LinkState::ALL.map(LinkState::name);
    all.sort_unstable();
    assert_eq!(states, all);
}

#[test]
fn a_final_link_is_never_left() {
    for state in LinkState::ALL.into_iter().filter(|state| state.is_final()) {
        for (name, command) in COMMANDS {
            if let Ok((next, event)) = next(state, command) {
                assert_eq!((next, event), (state, None), "{name}");
            }
        }
    }
}

#[test]
fn a_state_that_stays_is_told_to_nobody() {
    for state in LinkState::ALL {
        for (name, command) in COMMANDS {
            if let Ok((next, Some(_))) = next(state, command) {
                assert_ne!(next, state, "{name}");
            }
        }
    }
}

#[test]
fn the_names_of_states_read_back() {
    for state in LinkState::ALL {
        assert_eq!(LinkState::from_name(state.name()), Some(state));
    }
    assert_eq!(LinkState::from_name("created"), None);
}
