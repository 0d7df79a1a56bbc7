//! macOS: notifications through UNUserNotificationCenter, the service through launchd.
//!
//! Written from the documentation of mac-usernotifications and launchd.plist(5), and type-checked for Apple's targets;
//! it has not been run by us. The notification center needs an `.app` bundle with a signature and the author's
//! permission; without them [`Desktop::show`] says so, and the page and the command line do everything.

use std::{collections::BTreeSet, io, process::Command, time::Duration};

use tokio::{sync::mpsc, time::timeout};

use super::{DesktopError, DesktopEvent, LIMIT, LinkError, Note, ServerInfo, ShownId, checked_link};

/// Runs the daemon. The notification center reports presses on the main thread's run loop only, so the work has a
/// thread of its own and this one waits in that loop.
///
/// # Errors
/// When the thread or its runtime cannot be made, or the work panicked.
pub fn run<F: Future>(work: impl FnOnce() -> F + Send + 'static) -> io::Result<F::Output>
where
    F::Output: Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (done, ended) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().spawn(move || {
        let _ = done.send(runtime.block_on(async { work().await }));
    })?;
    mac_usernotifications::block_on_main(ended).map_err(io::Error::other)
}

/// This very program.
///
/// # Errors
/// When the system does not tell where it is.
pub fn this_program() -> io::Result<std::path::PathBuf> {
    std::env::current_exe()
}

/// The notification center. It outlives us: what we showed stays when we end.
pub struct Desktop {
    permitted: bool,
    server: ServerInfo,
    last: u32,
    shown: BTreeSet<u32>,
    tell: mpsc::UnboundedSender<DesktopEvent>,
    events: mpsc::UnboundedReceiver<DesktopEvent>,
}

impl Desktop {
    /// There is one notification center and no bus: the address is for the other systems.
    pub async fn connect(_address: Option<&str>) -> Desktop {
        let (tell, events) = mpsc::unbounded_channel();
        let server = ServerInfo { name: "macOS".into(), version: String::new(), actions: true, markup: false };
        let mut desktop = Desktop { permitted: false, server, last: 0, shown: BTreeSet::new(), tell, events };
        desktop.check().await;
        desktop
    }

    #[must_use]
    pub fn server(&self) -> Option<&ServerInfo> {
        self.permitted.then_some(&self.server)
    }

    /// Asks for permission until it is given; macOS shows the question once and remembers the answer.
    pub async fn check(&mut self) {
        if !self.permitted {
            let answer = timeout(LIMIT, mac_usernotifications::request_auth()).await;
            self.permitted = matches!(answer, Ok(Ok(true)));
        }
    }

    /// # Errors
    /// Without permission or a bundle, and when the notification center is silent.
    pub async fn show(&mut self, note: &Note, replaces: Option<ShownId>) -> Result<ShownId, DesktopError> {
        self.check().await;
        if !self.permitted {
            return Err(DesktopError::NoSession(
                "notifications need the goodword app and your permission in System Settings, Notifications".into(),
            ));
        }
        let id = match replaces {
            Some(shown) if self.shown.contains(&shown.id) => shown.id,
            _ => {
                self.last += 1;
                self.last
            }
        };
        let value = note.notification(&self.server);
        let native = mac_usernotifications::Notification::from(&value).id(&native_id(id));
        let handle = match timeout(LIMIT, native.send()).await {
            Ok(Ok(handle)) => handle,
            Ok(Err(error)) => return Err(DesktopError::Refused(error.to_string())),
            Err(_) => return Err(DesktopError::Silent),
        };
        self.shown.insert(id);
        let shown = ShownId { server: 0, id };
        let tell = self.tell.clone();
        tokio::spawn(async move {
            // An error means that a replacement took over, and hears the answer itself.
            if let Ok(answer) = handle.response().await {
                let action =
                    if answer.is_default_action() { "default".into() } else { answer.action_identifier.clone() };
                let event = if answer.is_dismiss_action() {
                    DesktopEvent::Closed { id: shown, by_author: true }
                } else {
                    DesktopEvent::Pressed { id: shown, action, token: None }
                };
                let _ = tell.send(event);
            }
        });
        Ok(shown)
    }

    /// # Errors
    /// When the notification center is silent.
    pub async fn close(&mut self, id: ShownId) -> Result<(), DesktopError> {
        if !self.shown.remove(&id.id) {
            return Ok(());
        }
        let closing = mac_usernotifications::close_delivered(&native_id(id.id));
        timeout(LIMIT, closing).await.map_err(|_| DesktopError::Silent)
    }

    /// Not needed here: numbers begin anew with each process, so the first notification replaces what was left.
    #[must_use]
    pub fn mark(&self, _id: ShownId) -> Option<String> {
        None
    }

    /// Nothing: see [`mark`](Self::mark).
    pub async fn close_marked(&mut self, _mark: &str) -> Result<(), DesktopError> {
        Ok(())
    }

    /// Cancel-safe.
    pub async fn next_event(&mut self) -> DesktopEvent {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }
}

fn native_id(id: u32) -> String {
    format!("goodword-{id}")
}

/// Nothing tells us here: the daemon notices at its next tick, at most a minute later.
pub struct Wakes;

pub async fn wake() -> Wakes {
    Wakes
}

impl Wakes {
    pub async fn next(&mut self) {
        std::future::pending().await
    }
}

/// Not known: take the machine to be in use.
pub async fn idle() -> Option<Duration> {
    None
}

/// # Errors
/// For an address that is neither web nor mail, and when nothing could be started.
pub async fn open_link(url: &str, _token: Option<&str>) -> Result<(), LinkError> {
    open_link_here(url)
}

/// # Errors
/// As [`open_link`].
pub fn open_link_here(url: &str) -> Result<(), LinkError> {
    let url = checked_link(url)?;
    let program = std::env::var_os("GOODWORD_BROWSER").unwrap_or_else(|| "/usr/bin/open".into());
    let mut child = Command::new(program).arg(url).spawn().map_err(|error| LinkError::NoBrowser(error.to_string()))?;
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// launchd needs to be told nothing: it sees whether we run.
pub mod supervisor {
    use std::time::Duration;

    pub fn ready(_status: &str) {}
    pub fn status(_status: &str) {}
    pub fn alive() {}
    pub fn stopping() {}

    #[must_use]
    pub fn watchdog() -> Option<Duration> {
        None
    }
}

/// The launchd agent.
pub mod service {
    use std::{fs, path::PathBuf, process::Command};

    use super::super::service::{
        Plan, ServiceError, Status,
        plist::{LABEL, plist},
    };

    /// # Errors
    /// For a path that a property list cannot hold.
    pub fn print(plan: &Plan) -> Result<String, ServiceError> {
        plist(plan, &library("Logs/goodword")?)
    }

    /// # Errors
    /// With what launchd says when it refuses.
    pub fn install(plan: &Plan) -> Result<Status, ServiceError> {
        let text = print(plan)?;
        plan.folders.prepare()?;
        let (agents, logs) = (library("LaunchAgents")?, library("Logs/goodword")?);
        let path = agents.join(format!("{LABEL}.plist"));
        let io = |error| ServiceError::Io { path: path.clone(), error };
        fs::create_dir_all(&agents).and_then(|()| fs::create_dir_all(&logs)).map_err(io)?;
        fs::write(&path, text).map_err(io)?;
        // What is loaded keeps its old list until it is taken out.
        let _ = launchctl(&["bootout", &target()]);
        launchctl(&["bootstrap", &domain(), &path.to_string_lossy()])?;
        status()
    }

    /// # Errors
    /// When the agent's file cannot be removed.
    pub fn uninstall() -> Result<bool, ServiceError> {
        let path = library("LaunchAgents")?.join(format!("{LABEL}.plist"));
        if !path.exists() {
            return Ok(false);
        }
        if let Err(error) = launchctl(&["bootout", &target()]) {
            tracing::warn!(%error, "the agent was not running");
        }
        fs::remove_file(&path).map_err(|error| ServiceError::Io { path, error })?;
        Ok(true)
    }

    /// # Errors
    /// Without a home.
    pub fn status() -> Result<Status, ServiceError> {
        let path = library("LaunchAgents")?.join(format!("{LABEL}.plist"));
        let printed = launchctl(&["print", &target()]);
        Ok(Status {
            enabled: printed.is_ok(),
            active: printed.is_ok_and(|text| text.contains("state = running")),
            installed: path.exists().then_some(path),
        })
    }

    fn library(below: &str) -> Result<PathBuf, ServiceError> {
        let home = std::env::var_os("HOME").ok_or(super::super::folders::FolderError::NoHome)?;
        Ok(PathBuf::from(home).join("Library").join(below))
    }

    fn domain() -> String {
        format!("gui/{}", rustix::process::getuid().as_raw())
    }

    fn target() -> String {
        format!("{}/{LABEL}", domain())
    }

    fn launchctl(args: &[&str]) -> Result<String, ServiceError> {
        let failed =
            |output: String| ServiceError::Manager { command: format!("launchctl {}", args.join(" ")), output };
        let output = Command::new("/bin/launchctl").args(args).output().map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    }
}
