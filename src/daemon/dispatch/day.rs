//! The day: `today`, `draft`, `done`, `later`, `another`, `skip`, `undo`, `pick`.

use jiff::{Timestamp, civil::Date};

use super::{super::words::DoneSaid, Home, diary::state_of, item_row, names};
use crate::{
    api::{
        Answer, DraftAnswer, DraftRow, Error, ErrorKind, Judgement, Named, Next, NextStepRow, Nobody, Request, State,
        Today,
    },
    domain::{
        Contact, Event, Id, Item, What, bond,
        critic::Finding,
        draft::Draft,
        journal::{Day, Step, latest_act, telling},
        pick, schedule,
        typed::{self, MAX_TEXT, Wrong},
    },
    feed,
};

/// How far ahead a person can be chosen.
const FURTHEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(2 * 366 * 24);

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    match request {
        Request::Today => {
            home.plan(now)?;
            Ok(Answer::Today(today(home, now)))
        }
        Request::Draft { network, turn, text } => draft(home, now, network, turn, text),
        Request::Done { name, network, item, url, text } => {
            let said = DoneSaid {
                network: network.as_deref().map(typed::network).transpose()?,
                item: item.as_deref().map(item_address).transpose()?,
                url: url.map(|url| typed::web_address("--url", &url)).transpose()?,
                text: text.map(|text| typed::bounded("the text", &text, MAX_TEXT)).transpose()?,
                ours: false,
            };
            done(home, now, name.as_deref(), said)
        }
        Request::Later { when } => {
            let (date, contact) = open_day(home, now)?;
            let until = schedule::later(when.as_deref(), &home.clock(now))
                .map_err(|why| Error::usage(why).hint(Next::Later))?;
            act(home, now, date, &contact, What::Later { until })
        }
        Request::Another { why_not } => {
            let (date, contact) = open_day(home, now)?;
            let reason = why_not.map(|text| typed::one_line("--why-not", &text, MAX_TEXT)).transpose()?;
            act(home, now, date, &contact, What::Passed { reason })
        }
        Request::Skip => {
            let (date, contact) = open_day(home, now)?;
            act(home, now, date, &contact, What::Skipped)
        }
        Request::Undo => undo(home, now),
        Request::Pick { name, on } => choose(home, now, &name, on),
        _ => Err(Error::usage("this is not about a day")),
    }
}

/// The day as it stands. Reads only: neither this nor the page ever says that somebody was shown.
pub fn today(home: &Home, now: Timestamp) -> Today {
    let date = home.clock(now).date();
    match home.book().person(date) {
        Ok(chosen) => of(home, now, date, &chosen.contact),
        Err(nobody) => {
            let reasons = vec![nobody.to_string(), way_on(&nobody).to_string()];
            Today { reasons, nobody: Some(kind_of(&nobody)), waiting: nobody.waiting(), ..blank(date) }
        }
    }
}

fn kind_of(nobody: &pick::Nobody) -> Nobody {
    match nobody {
        pick::Nobody::NoContacts => Nobody::NoContacts,
        pick::Nobody::NobodyWelcome { .. } => Nobody::NobodyWelcome,
        pick::Nobody::NobodyHasWhy { .. } => Nobody::NobodyHasWhy,
        pick::Nobody::EveryoneRests { .. } => Nobody::EveryoneRests,
        pick::Nobody::EveryonePassed => Nobody::EveryonePassed,
        pick::Nobody::Paused { .. } => Nobody::Paused,
        pick::Nobody::DayOff { .. } => Nobody::DayOff,
        pick::Nobody::Over => Nobody::Over,
    }
}

/// What there is to do on a day without anybody: whoever only lacks a why could be picked at once.
fn way_on(nobody: &pick::Nobody) -> Next {
    Next::Nobody(if nobody.waiting() > Some(0) { Nobody::NobodyHasWhy } else { kind_of(nobody) })
}

/// A day without anybody.
fn blank(date: Date) -> Today {
    Today {
        date,
        state: State::None,
        contact: None,
        audience: None,
        reasons: Vec::new(),
        nobody: None,
        waiting: None,
        item: None,
        draft: None,
        later_until: None,
        later_at: None,
        next_step: None,
        remarks: Vec::new(),
    }
}

/// A person's day.
pub fn of(home: &Home, now: Timestamp, date: Date, contact: &Id) -> Today {
    let book = home.book();
    let day = Day::of(book, date);
    let moment = day.with(contact);
    let waits = moment.later_until.filter(|until| moment.step == Step::Later && *until > now);
    let state = match moment.step {
        // The later hour has come: the question stands again.
        Step::Later if waits.is_none() => State::Shown,
        step => state_of(step),
    };
    let Some(contact) = book.contact(contact) else { return Today { state, ..blank(date) } };
    let item = home.item_of_day(now, date, contact);
    let history = book.history(date);
    let zone = home.clock(now).time_zone().clone();
    let draft = match state {
        State::Done => used(home, date, contact, item.as_ref()),
        _ => Some(home.draft(date, contact, item.as_ref(), None, 0)),
    };
    Today {
        state,
        contact: Some(Named::from(contact)),
        audience: pick::audience_of(book, &history, contact).map(|audience| audience.name.clone()),
        reasons: pick::reasons(book, &history, date, &zone, &contact.id, item.as_ref()),
        draft: draft.as_ref().map(draft_row),
        item: item.map(item_row),
        later_until: waits,
        later_at: waits.map(|until| until.to_zoned(zone.clone()).strftime("%H:%M").to_string()),
        next_step: next_step(home, now, date, contact),
        ..blank(date)
    }
}

/// The small thing that the author may do for somebody next.
pub(super) fn next_step(home: &Home, now: Timestamp, date: Date, contact: &Contact) -> Option<NextStepRow> {
    let is_known = |network| home.knows_follow(now, date, network, &contact.id);
    let step = bond::next_step(home.book(), &home.book().history(date), contact, is_known)?;
    let bond::NextStep { kind, network, said, url } = step;
    Some(NextStepRow { step: kind, network: network.as_str().to_owned(), said, url })
}

/// The words that really went out, where they are known: a done day shows no draft that was never used.
fn used(home: &Home, date: Date, contact: &Contact, item: Option<&Item>) -> Option<Draft> {
    let What::Done { network, text: Some(text), .. } = &telling(home.book(), date, &contact.id, Step::Done)?.what
    else {
        return None;
    };
    let network = network.as_deref().and_then(|name| name.parse().ok());
    let mut draft = home.draft(date, contact, item, network, 0);
    home.reword(&mut draft, text.clone(), date, contact, item);
    Some(draft)
}

pub fn draft_row(draft: &Draft) -> DraftRow {
    DraftRow {
        network: draft.network.as_str().to_owned(),
        text: draft.text.clone(),
        length: draft.length,
        limit: draft.limit,
        share_url: draft.share_url.clone(),
        read_first: draft.read_first,
    }
}

fn draft(
    home: &mut Home,
    now: Timestamp,
    network: Option<String>,
    turn: u32,
    text: Option<String>,
) -> Result<Answer, Error> {
    home.plan(now)?;
    let date = home.clock(now).date();
    let network = network.as_deref().map(typed::network).transpose()?;
    let id = person(home, date)?;
    let contact = home.book().contact(&id).ok_or_else(|| nothing("today's person is gone from the book"))?;
    let item = home.item_of_day(now, date, contact);
    let mut draft = home.draft(date, contact, item.as_ref(), network, turn);
    if let Some(text) = text {
        home.reword(&mut draft, text, date, contact, item.as_ref());
    }
    let check = |finding: &Finding| Judgement {
        rule: finding.rule.to_owned(),
        ok: finding.ok,
        message: finding.message.clone(),
    };
    Ok(Answer::Draft(DraftAnswer {
        fits: draft.fits,
        draft: draft_row(&draft),
        contact: Named::from(contact),
        checks: draft.explain.iter().map(check).collect(),
    }))
}

fn done(home: &mut Home, now: Timestamp, name: Option<&str>, said: DoneSaid) -> Result<Answer, Error> {
    let date = home.clock(now).date();
    let contact = match name {
        Some(name) => names::contact(home.book(), name)?.id.clone(),
        None => {
            home.plan(now)?;
            person(home, date)?
        }
    };
    let day = Day::of(home.book(), date);
    if day.with(&contact).step == Step::Done {
        let who = home.name_of(&contact);
        return Err(nothing(&format!("{who} is in today's diary already")).hint(Next::Undo));
    }
    if name.is_none() && day.skipped {
        return Err(nothing("you let today go").hint(Next::Undo));
    }
    // Naming today's person is the same as naming nobody.
    let ours = person(home, date).is_ok_and(|id| id == contact);
    let what = home.done(now, date, &contact, DoneSaid { ours, ..said });
    act(home, now, date, &contact, what)
}

fn person(home: &Home, date: Date) -> Result<Id, Error> {
    let chosen = home.book().person(date);
    chosen.map(|chosen| chosen.contact).map_err(|nobody| nothing(&nobody.to_string()).hint(way_on(&nobody)))
}

/// The address of what was shared, written as feeds are read: without what tracks readers, or it would not be known
/// again and be offered a second time.
fn item_address(text: &str) -> Result<String, Wrong> {
    let address = typed::web_address("--item", text)?;
    Ok(feed::canonical(&address, None).map_or(address, String::from))
}

/// Today's person, while the day is still open.
fn open_day(home: &mut Home, now: Timestamp) -> Result<(Date, Id), Error> {
    home.plan(now)?;
    let date = home.clock(now).date();
    let day = Day::of(home.book(), date);
    if day.done {
        return Err(nothing("today is done").hint(Next::Undo));
    }
    if day.skipped {
        return Err(nothing("you let today go").hint(Next::Undo));
    }
    Ok((date, person(home, date)?))
}

fn act(home: &mut Home, now: Timestamp, date: Date, contact: &Id, what: What) -> Result<Answer, Error> {
    home.record(now, date, contact, what)?;
    home.plan(now)?;
    Ok(Answer::Today(today(home, now)))
}

/// The draft was opened in a network from somewhere else than our notification. Saying it twice changes nothing.
pub(super) fn opened(home: &mut Home, now: Timestamp) -> Result<Answer, Error> {
    let (date, contact) = open_day(home, now)?;
    if Day::of(home.book(), date).with(&contact).step == Step::Opened {
        return Ok(Answer::Today(today(home, now)));
    }
    act(home, now, date, &contact, What::Opened)
}

fn undo(home: &mut Home, now: Timestamp) -> Result<Answer, Error> {
    let date = home.clock(now).date();
    let Some((key, event)) = latest_act(home.book(), date) else {
        return Err(nothing("there is nothing to take back today")
            .hint("undo takes back the latest act of today, such as done or skip"));
    };
    let (key, contact) = (key.to_owned(), event.contact.clone());
    let said = undone_in_words(home, event);
    home.record(now, date, &contact, What::Undone { event: key })?;
    home.plan(now)?;
    Ok(Answer::Today(Today { remarks: vec![said], ..today(home, now) }))
}

fn undone_in_words(home: &Home, event: &Event) -> String {
    let name = home.name_of(home.book().lead(&event.contact));
    match &event.what {
        What::Done { network, .. } => {
            let place =
                network.as_deref().filter(|network| *network != "plain").map(|network| format!(" on {network}"));
            format!(
                "Taken back here: the word for {name}. What you posted{} stays posted; only you can remove it there.",
                place.unwrap_or_default()
            )
        }
        What::Picked => format!("Taken back: your choice of {name}."),
        What::Opened => format!("Taken back: that the draft for {name} was opened."),
        What::Later { .. } => format!("Taken back: later for {name}."),
        What::Passed { .. } => format!("Taken back: {name} is offered again."),
        What::Skipped => "Taken back: the day is open again.".to_owned(),
        What::Answered => format!("Taken back: that {name} wrote back."),
        What::Shown { .. } | What::Undone { .. } | What::Unknown => "Taken back.".to_owned(),
    }
}

fn choose(home: &mut Home, now: Timestamp, name: &str, on: Option<Date>) -> Result<Answer, Error> {
    let today_is = home.clock(now).date();
    let date = on.unwrap_or(today_is);
    if date < today_is {
        return Err(Error::usage(format!("{date} is over")).hint("choose today or a day to come"));
    }
    if date > today_is.checked_add(FURTHEST).unwrap_or(Date::MAX) {
        return Err(Error::usage(format!("{date} is too far away")).hint("choose a day within the next two years"));
    }
    let contact = names::contact(home.book(), name)?;
    if contact.never {
        return Err(
            Error::new(ErrorKind::Refused, format!("you said never for {}", contact.name)).hint("that is final")
        );
    }
    if contact.is_muted(date) {
        return Err(Error::failed(format!("{} is muted on {date}", contact.name)).hint(Next::Unmute(contact.into())));
    }
    let (id, name) = (contact.id.clone(), contact.name.clone());
    if Day::of(home.book(), date).done {
        return Err(nothing("that day is done").hint(Next::Undo));
    }
    home.record(now, date, &id, What::Picked)?;
    home.plan(now)?;
    if date == today_is {
        return Ok(Answer::Today(today(home, now)));
    }
    Ok(home.said(format!("{name} is your choice for {date}.")))
}

fn nothing(why: &str) -> Error {
    Error::new(ErrorKind::Nothing, why)
}
