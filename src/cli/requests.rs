//! From the words of the command line to what is asked of the daemon.

use std::collections::BTreeMap;

use super::args::{Audience, Contact, ContactFields, Done, Draft, KeepHouse, Work, WorkFields};
use crate::{
    api::{ContactForm, Request, WorkForm},
    daemon::house::Chore,
};

impl From<Draft> for Request {
    fn from(draft: Draft) -> Self {
        Request::Draft { network: draft.network, turn: draft.turn, text: None }
    }
}

impl From<Done> for Request {
    fn from(done: Done) -> Self {
        let Done { name, network, item, url, text } = done;
        Request::Done { name, network, item, url, text }
    }
}

impl From<KeepHouse> for Chore {
    fn from(chore: KeepHouse) -> Self {
        match chore {
            KeepHouse::BackUp { date } => Chore::BackUp(date),
            KeepHouse::Compact => Chore::Compact,
        }
    }
}

impl From<Work> for Request {
    fn from(work: Work) -> Self {
        let form =
            |title, WorkFields { genre, about, blurb, link }: WorkFields| WorkForm { title, genre, about, blurb, link };
        match work {
            Work::Add { title, fields } => Request::WorkAdd(form(Some(title), fields)),
            Work::Edit { name, title, fields } => Request::WorkEdit { name, form: form(title, fields) },
            Work::List => Request::WorkList,
            Work::Remove { name } => Request::WorkRemove { name },
        }
    }
}

impl From<Audience> for Request {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Add { name, via, bridge, hashtags } => Request::AudienceAdd { name, via, bridge, hashtags },
            Audience::Suggest { work, genre, depth } => Request::AudienceSuggest { work, genre, depth },
            Audience::Keep { ids } => Request::AudienceKeep { ids },
            Audience::Drop { ids } => Request::AudienceDrop { ids },
            Audience::List => Request::AudienceList,
            Audience::Show { name } => Request::AudienceShow { name },
            Audience::Tie { from, to, bridge } => Request::AudienceTie { from, to, bridge },
        }
    }
}

impl From<Contact> for Request {
    fn from(contact: Contact) -> Self {
        match contact {
            Contact::Add { name, fields } => Request::ContactAdd(ContactForm { name: Some(name), ..fields.into() }),
            Contact::List { audience, stage, search } => Request::ContactList { audience, stage, search },
            Contact::Show { name } => Request::ContactShow { name },
            Contact::Edit { name, new_name, fields, leave, drop_feed } => Request::ContactEdit {
                name,
                form: ContactForm { name: new_name, leave, drop_feeds: drop_feed, ..fields.into() },
            },
            Contact::Mute { name, until } => Request::ContactMute { name, until },
            Contact::Unmute { name } => Request::ContactUnmute { name },
            Contact::Never { name } => Request::ContactNever { name },
            Contact::Answered { name } => Request::ContactAnswered { name },
            Contact::Remove { name } => Request::ContactRemove { name },
        }
    }
}

impl From<ContactFields> for ContactForm {
    fn from(fields: ContactFields) -> Self {
        let handles = [
            ("mastodon", fields.mastodon),
            ("bluesky", fields.bluesky),
            ("x", fields.x),
            ("threads", fields.threads),
            ("instagram", fields.instagram),
            ("linkedin", fields.linkedin),
        ];
        let handles: BTreeMap<_, _> =
            handles.into_iter().filter_map(|(network, handle)| Some((network.to_owned(), handle?))).collect();
        ContactForm {
            kind: fields.kind,
            why: fields.why,
            audiences: fields.audiences,
            feeds: fields.feeds,
            handles,
            site: fields.site,
            email: fields.email,
            notes: fields.notes,
            priority: fields.priority,
            ..ContactForm::default()
        }
    }
}
