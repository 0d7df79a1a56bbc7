//! What was worked out of the book last, for whoever asks the same again.

use std::sync::{Mutex, PoisonError};

/// What was worked out last. A copy of the book works its own out.
#[derive(Debug)]
pub(super) struct Last<T>(Mutex<Option<T>>);

impl<T> Default for Last<T> {
    fn default() -> Self {
        Last(Mutex::new(None))
    }
}

impl<T> Clone for Last<T> {
    fn clone(&self) -> Self {
        Last::default()
    }
}

impl<T: Clone> Last<T> {
    /// What was worked out last if it is still asked for, else what `anew` says.
    pub fn or(&self, is_asked: impl Fn(&T) -> bool, anew: impl FnOnce() -> T) -> T {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(is_asked);
        known.unwrap_or_else(|| {
            let found = anew();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
            found
        })
    }
}
