//! What each thread has of ready answers: threads that count together who holds something wait for each other,
//! which costs more than the answering.

use std::cell::RefCell;
use std::sync::Arc;

use hashbrown::HashMap;
use thread_local::ThreadLocal;

use super::answer::{Answer, Copied};
use super::{Address, Asked};

/// The most bytes of answers that a thread holds. They are no more memory as long as the answers are kept for all,
/// which those that only threads still ask for need not be.
const MOST_BYTES: usize = 8 << 20;

/// Answers as each thread has them.
#[derive(Debug, Default)]
pub(super) struct Apart(ThreadLocal<RefCell<Own>>);

/// The answers of one thread.
#[derive(Debug, Default)]
struct Own {
    answers: HashMap<Address, Copied>,
    bytes: usize,
}

/// What came of an answer that was found.
pub(super) enum Came<T> {
    /// It was made use of.
    Of(T),
    /// It is not for this caller.
    Unsuited,
    /// It is for nobody any more.
    Over,
}

impl Apart {
    /// What `make` makes of this thread's answer, which is found among all if the thread has none.
    pub(super) fn with<T>(
        &self,
        asked: Asked<'_>,
        find: impl FnOnce() -> Option<Arc<Answer>>,
        make: impl Fn(&Copied) -> Came<T>,
    ) -> Option<T> {
        let mut own = self.0.get_or_default().borrow_mut();
        if let Some(copied) = own.answers.get(&asked) {
            match make(copied) {
                Came::Of(sent) => return Some(sent),
                Came::Unsuited => return None,
                Came::Over => own.remove(asked),
            }
        }
        let copied = Copied::new(find()?);
        let came = make(&copied);
        if !matches!(came, Came::Over) {
            own.insert(asked, copied);
        }
        match came {
            Came::Of(sent) => Some(sent),
            Came::Unsuited | Came::Over => None,
        }
    }
}

impl Own {
    fn insert(&mut self, asked: Asked<'_>, copied: Copied) {
        let bytes = weight(asked, &copied);
        if self.bytes + bytes > MOST_BYTES {
            self.answers.clear();
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.answers.insert(Address::from(asked), copied);
    }

    fn remove(&mut self, asked: Asked<'_>) {
        if let Some(copied) = self.answers.remove(&asked) {
            self.bytes -= weight(asked, &copied);
        }
    }
}

fn weight(asked: Asked<'_>, copied: &Copied) -> usize {
    asked.path.len() + copied.answer.weight()
}
