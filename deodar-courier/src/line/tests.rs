use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Barrier, Notify};

use super::*;
use crate::stop::stop;

/// How long a test waits for what never comes: its clock goes on by itself when nothing else does.
const NEVER: Duration = Duration::from_mins(1);

/// What takes do, in turn.
enum Take {
    /// They find as much as they may take.
    Full,
    /// They find so much.
    Some(usize),
    /// They wait until two of them do, and find nothing.
    Together,
    /// They wait until they are told to find one item.
    Told,
    /// They fail.
    Fails,
    /// They panic.
    Panics,
}

/// A line of numbers; each is worked on until there is a permit for it.
struct Numbers {
    takes: Vec<Take>,
    begun: AtomicUsize,
    taken: AtomicUsize,
    together: Barrier,
    told: Notify,
    may_end: Semaphore,
    worked: AtomicUsize,
    parallel_max: usize,
}

impl Numbers {
    fn new(parallel_max: usize, takes: Vec<Take>) -> Arc<Self> {
        Arc::new(Self {
            takes,
            begun: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            together: Barrier::new(2),
            told: Notify::new(),
            may_end: Semaphore::new(0),
            worked: AtomicUsize::new(0),
            parallel_max,
        })
    }

    fn of(count: &AtomicUsize) -> usize {
        count.load(Ordering::SeqCst)
    }
}

impl Line for Numbers {
    type Item = usize;

    fn queue(&self) -> Queue {
        Queue::Event
    }

    fn parallel_max(&self) -> usize {
        self.parallel_max
    }

    async fn take(&self, limit: usize) -> Result<Vec<usize>, EngineError> {
        let number = self.begun.fetch_add(1, Ordering::SeqCst);
        let count = match self.takes.get(number) {
            Some(Take::Full) => limit,
            Some(Take::Some(count)) => *count,
            Some(Take::Together) => {
                self.together.wait().await;
                0
            }
            Some(Take::Told) => {
                self.told.notified().await;
                1
            }
            Some(Take::Fails) => return Err(EngineError::Internal("a test".to_owned())),
            Some(Take::Panics) => panic!("a test"),
            None => 0,
        };
        self.taken.fetch_add(count, Ordering::SeqCst);
        Ok((0..count).collect())
    }

    async fn work(&self, _: usize, slot: Slot) -> Result<(), EngineError> {
        self.may_end.acquire().await.unwrap().forget();
        drop(slot);
        self.worked.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// Waits for work as a line does that nobody wakes.
async fn idle() {
    tokio::time::sleep(IDLE_WAIT).await;
}

/// Lets a line run for `NEVER`, and then to its end.
async fn run_and_stop(line: &Arc<Numbers>) {
    let (stopper, stop) = stop();
    let running = tokio::spawn(run_until(Arc::clone(line), stop, idle));
    tokio::time::sleep(NEVER).await;
    stopper.ask();
    line.may_end.add_permits(Numbers::of(&line.taken));
    tokio::time::timeout(NEVER, running).await.unwrap().unwrap();
    assert_eq!(Numbers::of(&line.worked), Numbers::of(&line.taken));
}

#[tokio::test(start_paused = true)]
async fn two_lots_are_taken_at_once_after_a_full_one() {
    let line = Numbers::new(1_000, vec![Take::Full, Take::Together, Take::Together]);
    run_and_stop(&line).await;
    assert_eq!(Numbers::of(&line.taken), BATCH_MAX);
    assert!(Numbers::of(&line.begun) > 3);
}

#[tokio::test(start_paused = true)]
async fn one_lot_is_taken_at_a_time_after_one_that_was_not_full() {
    let line = Numbers::new(1_000, vec![Take::Some(BATCH_MAX - 1), Take::Told]);
    let (stopper, stop) = stop();
    let running = tokio::spawn(run_until(Arc::clone(&line), stop, idle));
    tokio::time::sleep(NEVER).await;
    assert_eq!(Numbers::of(&line.begun), 2);
    line.may_end.add_permits(BATCH_MAX);
    line.told.notify_one();
    stopper.ask();
    tokio::time::timeout(NEVER, running).await.unwrap().unwrap();
    assert_eq!(Numbers::of(&line.worked), BATCH_MAX);
}

#[tokio::test(start_paused = true)]
async fn no_more_is_taken_than_there_is_room_for() {
    for (parallel_max, expected) in [(1, 1), (3, 3), (200, 200), (BATCH_MAX * 2, BATCH_MAX * 2)] {
        let takes = std::iter::repeat_with(|| Take::Full).take(9).collect();
        let line = Numbers::new(parallel_max, takes);
        let (stopper, stop) = stop();
        let running = tokio::spawn(run_until(Arc::clone(&line), stop, idle));
        tokio::time::sleep(NEVER).await;
        assert_eq!(Numbers::of(&line.taken), expected);
        stopper.ask();
        line.may_end.add_permits(expected);
        tokio::time::timeout(NEVER, running).await.unwrap().unwrap();
        assert_eq!(Numbers::of(&line.worked), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_goes_on_after_takes_that_fail_and_panic() {
    let takes = vec![Take::Full, Take::Fails, Take::Panics, Take::Fails, Take::Some(2)];
    let line = Numbers::new(1_000, takes);
    run_and_stop(&line).await;
    assert_eq!(Numbers::of(&line.taken), BATCH_MAX + 2);
}
