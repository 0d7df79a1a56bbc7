//! Mastodon's part of a round. The author's own server knows nearly everything: whom they follow, who follows them,
//! what they passed on and replied to, and what came back. Only their likes are told by others: by the server of each
//! post, which is the contact's.

use serde_json::Value;
use url::Url;

use super::{
    Brought, NAMES_READ, OWN_DAYS, OWN_POSTS, Person, Post, Reading, Round, THEIR_DAYS, THEIR_POSTS, bare, date_of,
    stop_where_nobody_answers,
};
use crate::{
    domain::{Deed, Evidence, network::Network},
    social::{
        Ask, Client, LookupError, Profile, json,
        mastodon::{self, Acct},
    },
};

const ON: Network = Network::Mastodon;
/// The name of the list of those whom the author follows.
pub(super) const FOLLOWING: &str = "mastodon/following";
/// Accounts on one page of a list, the most that Mastodon gives.
const PAGE: usize = 80;
/// Pages of one list in one round.
const PAGES: usize = 5;
/// A list is read so far and no further: a server may go on without end.
const LONGEST: u64 = 50_000;
/// Posts of a timeline that are looked through.
const TIMELINE: usize = 40;

/// The server on which somebody lives.
struct Place {
    base: Url,
    /// What it calls itself in handles: it leaves this away.
    host: String,
}

pub(super) async fn ask(client: &Client, round: &Round, own: &str, brought: &mut Brought) -> Result<(), LookupError> {
    let (me, place) = account(client, own).await?;
    for (list, deed) in [("following", Deed::Follows), ("followers", Deed::FollowsBack)] {
        // Some servers show their lists to nobody, and the rest all the same.
        stop_where_nobody_answers(read_list(client, round, &place, &me, list, deed, brought).await.err())?;
    }
    let timeline = place.ask(&["accounts", &me.id, "statuses"]).with("limit", TIMELINE);
    let timeline = client.json(&timeline).await?.value;
    brought.evidence.extend(own_deeds(round, &place, &me, &timeline));
    for post in own_posts(round, &me, &timeline) {
        came_back(client, round, &place, &me, &post, brought).await?;
    }
    for person in &round.people {
        // Their server may be down, closed or busy: that is nobody else's trouble.
        if let Some(handle) = person.handles.get(&ON)
            && let Ok(liked) = likes_of(client, round, &me, person, handle).await
        {
            brought.evidence.extend(liked);
        }
    }
    Ok(())
}

/// Somebody's account, and where they live.
async fn account(client: &Client, handle: &str) -> Result<(Profile, Place), LookupError> {
    let acct: Acct = handle.parse().map_err(|()| LookupError::NoAddress(handle.to_owned()))?;
    let (profile, base) = mastodon::account(client, &acct, None).await?;
    let host = profile.handle.rsplit('@').next().unwrap_or_default().to_lowercase();
    Ok((profile, Place { base, host }))
}

impl Place {
    fn ask(&self, path: &[&str]) -> Ask {
        Ask::json(&self.base, &format!("api/v1/{}", path.join("/"))).unkept()
    }

    /// `user@host` in lower case.
    fn handle(&self, acct: &str) -> String {
        let acct = bare(acct);
        if acct.contains('@') { acct } else { format!("{acct}@{}", self.host) }
    }

    /// The handles of a list of accounts, with their pages.
    fn accounts(&self, list: &Value) -> Vec<(String, String)> {
        let read = |account| Some((self.handle(json::word(account, "acct")?), json::link(account, "url")?));
        items(list).filter_map(read).collect()
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten().take(PAGE)
}

/// Goes on with one of the author's lists, and says at its end who is in it and who is not.
async fn read_list(
    client: &Client,
    round: &Round,
    place: &Place,
    me: &Profile,
    list: &str,
    deed: Deed,
    brought: &mut Brought,
) -> Result<(), LookupError> {
    let key = format!("{ON}/{list}");
    let mut reading = brought.lists.remove(&key).unwrap_or_default();
    let whole = place.ask(&["accounts", &me.id, list]).with("limit", PAGE);
    if !reading.is_due(round.now) {
        brought.lists.insert(key, reading);
        return Ok(());
    }
    let mut next = reading.next.as_deref().and_then(|next| whole.onward(next));
    if next.is_none() {
        reading = Reading { ended: reading.ended, ..Reading::default() };
        next = Some(whole);
    }
    for _ in 0..PAGES {
        let Some(ask) = next.take() else { break };
        let page = match client.json(&ask).await {
            Ok(page) => page,
            Err(error) => {
                // What was read stays read; the page is asked for again.
                brought.lists.insert(key, reading);
                return Err(error);
            }
        };
        for (handle, url) in place.accounts(&page.value) {
            reading.read += 1;
            if let Some(id) = round.names.id(ON, &handle) {
                reading.seen.insert(id.clone());
                brought.evidence.push(round.evidence(ON, id, deed, round.today, &url));
            }
        }
        next = page.more.filter(|_| reading.read < LONGEST);
        reading.next = next.as_ref().map(|more| more.url.to_string());
    }
    if reading.next.is_none() {
        brought.evidence.extend(those_gone(round, deed, &reading));
        reading.ended = Some(round.now);
    }
    brought.lists.insert(key, reading);
    Ok(())
}

/// Who is not in a list that was read to its end. An empty one tells nothing: servers give it where they hide it.
fn those_gone(round: &Round, deed: Deed, reading: &Reading) -> Vec<Evidence> {
    let tells = (1..LONGEST).contains(&reading.read);
    let gone = round.names.all(ON).filter(|id| tells && !reading.seen.contains(*id));
    gone.map(|id| round.over(ON, id, deed)).collect()
}

/// What the author's own timeline tells: what they passed on, and whom they replied to. Some servers show in it too who
/// passed on something of theirs.
fn own_deeds(round: &Round, place: &Place, me: &Profile, timeline: &Value) -> Vec<Evidence> {
    let tell = |status: &Value| {
        let date = json::time(status, "created_at").map(date_of)?;
        let boosted = status.get("reblog").filter(|reblog| reblog.is_object());
        let (by_me, of_me) = (is_by(status, me), boosted.is_some_and(|post| is_by(post, me)));
        let (deed, post, acct) = match boosted {
            Some(post) if by_me && !of_me => (Deed::Boosted, post, acct(post)?),
            Some(post) if of_me && !by_me => (Deed::BoostedBack, post, acct(status)?),
            None if by_me => (Deed::Replied, status, replied_to(status, me)?),
            _ => return None,
        };
        let id = round.names.id(ON, &place.handle(acct))?;
        Some(round.evidence(ON, id, deed, date, &json::link(post, "url").unwrap_or_default()))
    };
    items(timeline).filter_map(tell).collect()
}

fn is_by(status: &Value, me: &Profile) -> bool {
    status.get("account").and_then(|account| json::word(account, "id")) == Some(&me.id)
}

fn acct(status: &Value) -> Option<&str> {
    json::word(status.get("account")?, "acct")
}

/// To whom somebody else a status of the author's replies.
fn replied_to<'a>(status: &'a Value, me: &Profile) -> Option<&'a str> {
    let to = json::word(status, "in_reply_to_account_id").filter(|to| *to != me.id)?;
    let mentions: Vec<_> = json::list(status, "mentions", PAGE).collect();
    let named = mentions.iter().find(|mention| json::word(mention, "id") == Some(to));
    // snac mentions people without their id.
    let only = mentions.first().filter(|_| mentions.len() == 1);
    json::word(named.or(only)?, "acct")
}

/// The author's newest posts on which something came back.
fn own_posts(round: &Round, me: &Profile, timeline: &Value) -> Vec<Post> {
    let posts = posts(round, timeline, OWN_DAYS, |status| is_by(status, me));
    posts.into_iter().filter(|post| post.likes + post.boosts + post.replies > 0).take(OWN_POSTS).collect()
}

/// Posts of somebody's own, the newest first.
fn posts(round: &Round, timeline: &Value, days: i64, is_own: impl Fn(&Value) -> bool) -> Vec<Post> {
    let read = |status: &Value| {
        let at = json::time(status, "created_at").filter(|at| round.is_within(*at, days))?;
        let is_boost = status.get("reblog").is_some_and(Value::is_object);
        (is_own(status) && !is_boost).then_some(())?;
        let id = json::word(status, "id")?.to_owned();
        let url = json::link(status, "url").or_else(|| json::link(status, "uri"))?;
        let count = |key| json::number(status, key);
        let (likes, boosts, replies) = (count("favourites_count"), count("reblogs_count"), count("replies_count"));
        Some((at, Post { id, url, date: date_of(at), likes, boosts, replies }))
    };
    let mut posts: Vec<_> = items(timeline).filter_map(read).collect();
    posts.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.id.cmp(&y.id)));
    posts.into_iter().map(|(_, post)| post).collect()
}

/// Who liked, shared or answered one post of the author's.
async fn came_back(
    client: &Client,
    round: &Round,
    place: &Place,
    me: &Profile,
    post: &Post,
    brought: &mut Brought,
) -> Result<(), LookupError> {
    let lists = [(post.likes, "favourited_by", Deed::LikedBack), (post.boosts, "reblogged_by", Deed::BoostedBack)];
    for (_, list, deed) in lists.into_iter().filter(|(count, ..)| *count > 0) {
        let ask = place.ask(&["statuses", &post.id, list]).with("limit", PAGE);
        let people = client.pages(ask, NAMES_READ, |page| place.accounts(&page.value)).await;
        let known = people.found.iter().filter_map(|(handle, _)| round.names.id(ON, handle));
        brought.evidence.extend(known.map(|id| round.evidence(ON, id, deed, post.date, &post.url)));
        stop_where_nobody_answers(people.stopped)?;
    }
    if post.replies > 0 {
        match client.json(&place.ask(&["statuses", &post.id, "context"])).await {
            Ok(thread) => brought.evidence.extend(answers(round, place, me, &thread.value)),
            Err(error) => stop_where_nobody_answers(Some(error))?,
        }
    }
    Ok(())
}

/// Replies to the author in a thread.
fn answers(round: &Round, place: &Place, me: &Profile, thread: &Value) -> Vec<Evidence> {
    let to_me = json::list(thread, "descendants", NAMES_READ)
        .filter(|reply| json::word(reply, "in_reply_to_account_id") == Some(&me.id));
    let found = to_me.filter_map(|reply| {
        let id = round.names.id(ON, &place.handle(acct(reply)?))?;
        let date = json::time(reply, "created_at").map(date_of)?;
        let url = json::link(reply, "url").unwrap_or_default();
        Some(round.evidence(ON, id, Deed::Answered, date, &url))
    });
    found.collect()
}

/// What the author liked of somebody's newest posts, as the server of those posts tells.
async fn likes_of(
    client: &Client,
    round: &Round,
    me: &Profile,
    person: &Person,
    handle: &str,
) -> Result<Vec<Evidence>, LookupError> {
    let (them, place) = account(client, handle).await?;
    if them.asks.is_some() {
        return Ok(Vec::new());
    }
    let own = bare(&me.handle);
    let timeline = place.ask(&["accounts", &them.id, "statuses"]).with("limit", TIMELINE / 2);
    let timeline = client.json(&timeline.with("exclude_replies", true).with("exclude_reblogs", true)).await?.value;
    let posts =
        posts(round, &timeline, THEIR_DAYS, |status| is_by(status, &them)).into_iter().filter(|post| post.likes > 0);
    let mut found = Vec::new();
    for post in posts.take(THEIR_POSTS) {
        let ask = place.ask(&["statuses", &post.id, "favourited_by"]).with("limit", PAGE);
        let people = client.pages(ask, NAMES_READ, |page| place.accounts(&page.value)).await;
        if people.found.iter().any(|(handle, _)| *handle == own) {
            found.push(round.evidence(ON, &person.id, Deed::Liked, post.date, &post.url));
        }
        stop_where_nobody_answers(people.stopped)?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
