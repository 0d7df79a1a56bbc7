//! A guard around reading foreign bytes: where automerge panics on them, the author hears an ordinary error.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use super::LoadError;

thread_local! {
    /// This thread is reading foreign bytes.
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that reads foreign bytes. Automerge panics on some malformed bytes that carry a valid checksum
/// (16 places were found by mutation); here that is an error like any other, and nothing of it is printed.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, LoadError>) -> Result<T, LoadError> {
    quieten();
    let before = READING.replace(true);
    let ran = catch_unwind(AssertUnwindSafe(read));
    READING.set(before);
    ran.unwrap_or_else(|_| Err(LoadError::Unreadable("its contents contradict themselves".to_owned())))
}

/// A panic is printed before it is caught. Those on a thread that reads foreign bytes are not for anybody's eyes; all
/// others are told as ever.
fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !READING.get() {
                told(panic);
            }
        }));
    });
}
