//! One request in, one answer out. The socket, the command line without a daemon and the notification's buttons all
//! come through here. Nothing in here waits: what a request needs from the network was fetched before ([`Errand`]).
//!
//! A command of the command line and its handler have the same file name.
//!
//! [`Errand`]: super::errand::Errand

mod audience;
mod book;
mod contact;
pub mod day;
pub(super) mod device;
mod diary;
mod discover;
mod doctor;
mod feeds;
mod import;
mod names;
pub mod page;
mod settings;
mod status;
mod suggest;
mod work;

use jiff::Timestamp;

use super::home::Home;
use crate::{
    api::{Answer, Error, ItemRow, Request},
    domain::Item,
};

pub use audience::Crowds;
pub use book::restore;
pub use doctor::without_home;
pub use names::contact as contact_named;

/// Does what is asked. An error changes nothing.
pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    use Request as R;
    match request {
        R::Today
        | R::Draft { .. }
        | R::Done { .. }
        | R::Later { .. }
        | R::Another { .. }
        | R::Skip
        | R::Undo
        | R::Pick { .. } => day::dispatch(home, now, request),
        R::Diary { since } => diary::dispatch(home, now, since),
        R::WorkAdd(_) | R::WorkEdit { .. } | R::WorkRemove { .. } | R::WorkList => work::dispatch(home, now, request),
        R::AudienceAdd { .. } | R::AudienceList | R::AudienceShow { .. } | R::AudienceTie { .. } => {
            audience::dispatch(home, now, request)
        }
        R::AudienceSuggest { .. } | R::AudienceKeep { .. } | R::AudienceDrop { .. } => {
            suggest::dispatch(home, now, request)
        }
        R::ContactAdd(_)
        | R::ContactFind { .. }
        | R::ContactEdit { .. }
        | R::ContactList { .. }
        | R::ContactShow { .. }
        | R::ContactMute { .. }
        | R::ContactUnmute { .. }
        | R::ContactNever { .. }
        | R::ContactAnswered { .. }
        | R::ContactRemove { .. } => contact::dispatch(home, now, request),
        R::ContactImport { .. } | R::ContactImportFrom { .. } | R::ContactExport { .. } => {
            import::dispatch(home, now, request)
        }
        R::Discover { .. } | R::DiscoverKeep { .. } | R::DiscoverDrop { .. } => discover::dispatch(home, now, request),
        R::FeedsRefresh { name } => feeds::dispatch(home, name.as_deref()),
        R::FeedsList => feeds::dispatch(home, None),
        R::SettingsList | R::SettingsSet { .. } => settings::dispatch(home, now, request),
        R::Status => Ok(Answer::Status(status::status(home, now))),
        R::Doctor => Ok(Answer::Doctor(doctor::checks(home, now))),
        R::PageOpen
        | R::PageEnter { .. }
        | R::PageCheck { .. }
        | R::PageLeave { .. }
        | R::PageLeaveAll
        | R::Opened
        | R::ContactPage { .. }
        | R::AudienceMap => page::dispatch(home, now, request),
        R::DeviceList
        | R::DeviceInvite
        | R::DeviceInvited
        | R::DeviceJoin { .. }
        | R::DeviceRename { .. }
        | R::DeviceRemove { .. }
        | R::Sync { .. } => device::dispatch(home, now, request),
        R::BackupNow | R::BackupList | R::BookImport { .. } | R::BookExport { .. } => {
            book::dispatch(home, now, request)
        }
    }
}

/// Whether a request can change nothing at all, not even the plan.
pub fn looks_only(request: &Request) -> bool {
    use Request as R;
    matches!(
        request,
        R::Status
            | R::Diary { .. }
            | R::WorkList
            | R::AudienceList
            | R::AudienceShow { .. }
            | R::AudienceMap
            | R::ContactList { .. }
            | R::ContactPage { .. }
            | R::ContactShow { .. }
            | R::ContactFind { .. }
            | R::Discover { .. }
            | R::FeedsList
            | R::DeviceList
            | R::Sync { .. }
            | R::SettingsList
            | R::PageOpen
            | R::PageEnter { .. }
            | R::PageCheck { .. }
            | R::PageLeave { .. }
            | R::PageLeaveAll
    )
}

/// Something that was found in public: a post has no title, its first words stand for it; a warning stands before all.
fn found_row(item: Item) -> ItemRow {
    let title = match &item.warning {
        Some(warning) => format!("(warning: {warning})"),
        None if item.title.is_empty() => item.summary.clone(),
        None => item.title.clone(),
    };
    item_row(Item { title, ..item })
}

/// An item as answers show it.
fn item_row(item: Item) -> ItemRow {
    ItemRow { title: item.title, url: item.url, published: item.published, feed: item.feed }
}
