//! Linux: the session bus for notifications and links, the system bus for waking, systemd for the service.

mod desktop;
mod inbox;
mod link;
pub mod service;
mod session;

pub use desktop::Desktop;
pub use link::{open_link, open_link_here};
pub use session::{Wakes, idle, wake};

/// Threads for what blocks: names that are looked up, large feeds that are read.
const BLOCKING_THREADS: usize = 24;

/// Runs the daemon on this thread until its work is done.
///
/// # Errors
/// When the runtime cannot be made.
pub fn run<F: Future>(work: impl FnOnce() -> F + Send + 'static) -> std::io::Result<F::Output>
where
    F::Output: Send + 'static,
{
    let mut builder = tokio::runtime::Builder::new_current_thread();
    // Fewer than the unit's TasksMax, however many feeds are read at once.
    let runtime = builder.enable_all().max_blocking_threads(BLOCKING_THREADS).build()?;
    Ok(runtime.block_on(async { work().await }))
}

/// This very program, also where another version of it was installed since.
///
/// # Errors
/// Never here.
pub fn this_program() -> std::io::Result<std::path::PathBuf> {
    Ok("/proc/self/exe".into())
}

/// What systemd is told, when it started us. Elsewhere these do nothing.
pub mod supervisor {
    use std::time::Duration;

    use sd_notify::NotifyState;

    /// The daemon answers; commands and the page may come.
    pub fn ready(status: &str) {
        tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// One line that `systemctl --user status` shows.
    pub fn status(status: &str) {
        tell(&[NotifyState::Status(status)]);
    }

    /// The loop still turns. Call it from the loop itself, or a hung loop is never noticed.
    pub fn alive() {
        tell(&[NotifyState::Watchdog]);
    }

    pub fn stopping() {
        tell(&[NotifyState::Stopping]);
    }

    /// How often to call [`alive`]: half of what the supervisor allows, as sd_watchdog_enabled(3) recommends.
    #[must_use]
    pub fn watchdog() -> Option<Duration> {
        sd_notify::watchdog_enabled().map(|allowed| allowed / 2)
    }

    fn tell(state: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(state) {
            tracing::debug!(%error, "the supervisor could not be told");
        }
    }
}
