//! What each thread has of ready answers: threads that count together who holds something wait for each other,
//! which costs more than the answering.

use std::cell::RefCell;
use std::sync::Arc;

use hashbrown::HashMap;
use poem::http::{HeaderMap, HeaderValue};
use thread_local::ThreadLocal;

use super::answer::Answer;
use super::{Address, Asked};
use crate::pages::Pages;

/// The most bytes of answers that a thread holds for itself. They are not more memory as long as the answers are
/// kept for all.
const MOST_BYTES: usize = 8 << 20;

/// Answers as each thread has them.
#[derive(Debug, Default)]
pub(super) struct Apart(ThreadLocal<RefCell<Own>>);

/// The answers of one thread.
#[derive(Debug, Default)]
struct Own {
    answers: HashMap<Address, Held>,
    bytes: usize,
}

/// An answer, and what of it is counted when it is sent, held apart.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) answer: Arc<Answer>,
    pub(super) headers: HeaderMap,
    pub(super) body: Pages,
}

impl Apart {
    /// What `make` makes of this thread's answer, which is found among all if the thread has none; `None` when
    /// there is none or nothing can be made of it, and then the thread has it no longer.
    pub(super) fn with<T>(
        &self,
        asked: Asked<'_>,
        find: impl FnOnce() -> Option<Arc<Answer>>,
        make: impl Fn(&Held) -> Option<T>,
    ) -> Option<T> {
        let mut own = self.0.get_or_default().borrow_mut();
        if let Some(held) = own.answers.get(&asked) {
            if let Some(made) = make(held) {
                return Some(made);
            }
            own.remove(asked);
        }
        let held = Held::new(find()?);
        let sent = make(&held);
        if sent.is_some() {
            own.insert(asked, held);
        }
        sent
    }
}

impl Own {
    fn insert(&mut self, asked: Asked<'_>, held: Held) {
        let bytes = held.answer.weight();
        if self.bytes + bytes > MOST_BYTES {
            self.answers.clear();
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.answers.insert(Address::from(asked), held);
    }

    fn remove(&mut self, asked: Asked<'_>) {
        if let Some(held) = self.answers.remove(&asked) {
            self.bytes -= held.answer.weight();
        }
    }
}

impl Held {
    fn new(answer: Arc<Answer>) -> Self {
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.clone(), apart(value)));
        Self {
            headers: headers.collect(),
            body: answer.body().apart(),
            answer,
        }
    }
}

/// The same value, held by itself.
fn apart(value: &HeaderValue) -> HeaderValue {
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
}
