//! What the domain promises, as facts and tables.

#[cfg(test)]
mod attempt_ends;
#[cfg(test)]
mod attempt_rules;
#[cfg(test)]
mod attempts_of_several;
#[cfg(test)]
mod books;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod contact;
#[cfg(test)]
mod every_history;
#[cfg(test)]
mod every_history_checks;
#[cfg(test)]
mod growth;
#[cfg(test)]
mod ids;
#[cfg(test)]
mod instruments;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod link_life;
#[cfg(test)]
mod made;
#[cfg(test)]
mod money;
#[cfg(test)]
mod money_of_several;
#[cfg(test)]
mod order_life;
#[cfg(test)]
mod order_life_money;
#[cfg(test)]
mod restoring;
#[cfg(test)]
mod script;
#[cfg(test)]
mod sending_again;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod times;
#[cfg(test)]
mod urls;
