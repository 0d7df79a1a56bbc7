//! Bluesky's part of a round. One question tells of thirty people whether they and the author follow each other; the
//! author's own feed tells what they passed on and replied to; likes are told by the posts that got them.

use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use super::{
    Brought, NAMES_READ, OWN_DAYS, OWN_POSTS, Person, Post, Round, THEIR_DAYS, THEIR_POSTS, bare, date_of,
    stop_where_nobody_answers,
};
use crate::{
    domain::{Deed, Evidence, Id, network::Network},
    social::{Ask, Client, LookupError, asks_not_to_be_listed, json},
};

const ON: Network = Network::Bluesky;
/// Likes or posts on one page, the most that Bluesky gives.
const PAGE: usize = 100;
/// The label with which somebody asks to be shown only to people who are logged in.
const LOGGED_IN_ONLY: &str = "!no-unauthenticated";

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Account {
    did: String,
    handle: String,
    /// They ask programs, or people who are not logged in, to leave them alone.
    asks: bool,
}

pub(super) async fn ask(client: &Client, round: &Round, own: &str, brought: &mut Brought) -> Result<(), LookupError> {
    let ask = question(client, "app.bsky.actor.getProfile")?.with("actor", bare(own));
    let me = client.json(&ask).await?;
    let me = account(&me.value).ok_or_else(|| LookupError::Odd(ask.host()))?;
    let feed = question(client, "app.bsky.feed.getAuthorFeed")?.with("actor", &me.did);
    let feed = client.json(&feed.with("filter", "posts_with_replies").with("limit", PAGE / 2)).await?.value;
    brought.evidence.extend(own_deeds(round, &me, &feed));
    for post in posts(round, &me, &feed, OWN_DAYS)
        .into_iter()
        .filter(|post| post.likes + post.boosts + post.replies > 0)
        .take(OWN_POSTS)
    {
        came_back(client, round, &me, &post, brought).await?;
    }
    let people: Vec<(&Person, &String)> =
        round.people.iter().filter_map(|person| Some((person, person.handles.get(&ON)?))).collect();
    if people.is_empty() {
        return Ok(());
    }
    let mut ask = question(client, "app.bsky.actor.getProfiles")?;
    for (_, handle) in &people {
        ask = ask.with("actors", bare(handle));
    }
    let found = client.json(&ask).await?.value;
    let accounts: Vec<_> = json::list(&found, "profiles", PAGE).filter_map(account).collect();
    let theirs: Vec<(&Id, &Account)> = people
        .iter()
        .filter_map(|(person, handle)| {
            Some((&person.id, accounts.iter().find(|account| account.handle == bare(handle))?))
        })
        .collect();
    if theirs.is_empty() {
        return Ok(());
    }
    let mut ask = question(client, "app.bsky.graph.getRelationships")?.with("actor", &me.did);
    for (_, them) in &theirs {
        ask = ask.with("others", &them.did);
    }
    let answer = client.json(&ask).await?.value;
    relationships(round, &theirs, &answer, brought);
    for (id, them) in theirs.iter().filter(|(_, them)| !them.asks) {
        let liked = likes_of(client, round, &me, id, them).await?;
        brought.evidence.extend(liked);
    }
    Ok(())
}

/// A question whose answer is old tomorrow.
fn question(client: &Client, method: &str) -> Result<Ask, LookupError> {
    client.bluesky(method).map(Ask::unkept)
}

fn account(value: &Value) -> Option<Account> {
    let labels = json::list(value, "labels", PAGE).filter_map(|label| json::word(label, "val"));
    let asks = labels.into_iter().any(|label| label == LOGGED_IN_ONLY)
        || asks_not_to_be_listed(&json::text(value, "description", json::TEXT)).is_some();
    Some(Account { did: json::word(value, "did")?.to_owned(), handle: bare(json::word(value, "handle")?), asks })
}

/// Who follows whom. Somebody of whom nothing is said may be suspended, or not there: that tells nothing.
fn relationships(round: &Round, theirs: &[(&Id, &Account)], answer: &Value, brought: &mut Brought) {
    for relationship in json::list(answer, "relationships", PAGE) {
        let Some(did) = json::word(relationship, "did") else { continue };
        let Some((id, them)) = theirs.iter().find(|(_, them)| them.did == did) else { continue };
        let url = format!("https://bsky.app/profile/{}", them.handle);
        for (key, deed) in [("following", Deed::Follows), ("followedBy", Deed::FollowsBack)] {
            brought.evidence.push(match json::word(relationship, key) {
                Some(record) => {
                    let date = date_of_record(record, round.now).unwrap_or(round.today);
                    round.evidence(ON, id, deed, date, &url)
                }
                None => round.over(ON, id, deed),
            });
        }
        brought.known.insert((*id).clone());
    }
}

/// When a record was made: its key is a TID, 53 bits of microseconds since 1970 and 10 of a clock's number, in base 32.
/// (atproto.com/specs/tid) Whoever made it chose it, so a time that cannot be is none.
fn date_of_record(uri: &str, now: Timestamp) -> Option<Date> {
    const DIGITS: &str = "234567abcdefghijklmnopqrstuvwxyz";
    let key = uri.rsplit('/').next().filter(|key| key.len() == 13)?;
    let digits = key.chars().map(|c| DIGITS.find(c).and_then(|digit| i64::try_from(digit).ok()));
    let number = digits.enumerate().try_fold(0_i64, |number, (place, digit)| {
        // The first digit has one bit less, or there would be 65.
        let digit = digit.filter(|digit| place > 0 || *digit < 8)?;
        number.checked_mul(32)?.checked_add(digit)
    })?;
    let at = Timestamp::from_microsecond(number >> 10).ok()?;
    let first = Timestamp::from_second(1_577_836_800).ok()?;
    (first..=now).contains(&at).then(|| date_of(at))
}

/// What the author's own feed tells: what they passed on, and whom they replied to.
fn own_deeds(round: &Round, me: &Account, feed: &Value) -> Vec<Evidence> {
    let mut found = Vec::new();
    for item in json::list(feed, "feed", PAGE) {
        let Some(post) = item.get("post") else { continue };
        let told = match item.get("reason") {
            Some(reason) => (|| {
                let by = reason.get("by").and_then(|by| json::word(by, "did"))?;
                let at = json::time(reason, "indexedAt")?;
                (by == me.did).then_some((Deed::Boosted, at, json::word(post.get("author")?, "handle")?))
            })(),
            None => (|| {
                let to = item.get("reply")?.get("parent")?.get("author")?;
                Some((Deed::Replied, json::time(post, "indexedAt")?, json::word(to, "handle")?))
            })(),
        };
        if let Some((deed, at, handle)) = told
            && let Some(id) = round.names.id(ON, handle)
            && bare(handle) != me.handle
        {
            found.push(round.evidence(ON, id, deed, date_of(at), &address(post).unwrap_or_default()));
        }
    }
    found
}

/// Somebody's own posts in a feed, the newest first.
fn posts(round: &Round, author: &Account, feed: &Value, days: i64) -> Vec<Post> {
    let read = |item: &Value| {
        let post = item.get("post").filter(|_| item.get("reason").is_none())?;
        let at = json::time(post, "indexedAt").filter(|at| round.is_within(*at, days))?;
        (json::word(post.get("author")?, "did")? == author.did).then_some(())?;
        let (id, url) = (json::word(post, "uri")?.to_owned(), address(post)?);
        let count = |key| json::number(post, key);
        let (likes, boosts, replies) = (count("likeCount"), count("repostCount"), count("replyCount"));
        Some((at, Post { id, url, date: date_of(at), likes, boosts, replies }))
    };
    let mut posts: Vec<_> = json::list(feed, "feed", PAGE).filter_map(read).collect();
    posts.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.id.cmp(&y.id)));
    posts.into_iter().map(|(_, post)| post).collect()
}

/// Where a post can be looked at.
fn address(post: &Value) -> Option<String> {
    let handle = json::word(post.get("author")?, "handle")?;
    let key = json::word(post, "uri")?.rsplit('/').next()?;
    Some(format!("https://bsky.app/profile/{handle}/post/{key}"))
}

/// Who liked, shared or answered one post of the author's.
async fn came_back(
    client: &Client,
    round: &Round,
    me: &Account,
    post: &Post,
    brought: &mut Brought,
) -> Result<(), LookupError> {
    if post.likes > 0 {
        let likes = read_likes(client, &post.id).await?;
        let known = likes.iter().filter_map(|like| Some((round.names.id(ON, &like.handle)?, like.date)));
        brought.evidence.extend(known.map(|(id, date)| round.evidence(ON, id, Deed::LikedBack, date, &post.url)));
    }
    if post.boosts > 0 {
        let ask = question(client, "app.bsky.feed.getRepostedBy")?.with("uri", &post.id).with("limit", PAGE);
        let handles = |page: &Value| -> Vec<String> {
            json::list(page, "repostedBy", PAGE).filter_map(|by| json::word(by, "handle").map(str::to_owned)).collect()
        };
        let people = client.pages(ask, NAMES_READ, |page| handles(&page.value)).await;
        let known = people.found.iter().filter_map(|handle| round.names.id(ON, handle));
        brought.evidence.extend(known.map(|id| round.evidence(ON, id, Deed::BoostedBack, post.date, &post.url)));
        stop_where_nobody_answers(people.stopped)?;
    }
    if post.replies > 0 {
        let ask = question(client, "app.bsky.feed.getPostThread")?.with("uri", &post.id);
        match client.json(&ask.with("depth", 1).with("parentHeight", 0)).await {
            Ok(thread) => brought.evidence.extend(answers(round, me, &thread.value)),
            Err(error) => stop_where_nobody_answers(Some(error))?,
        }
    }
    Ok(())
}

/// One like.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Like {
    did: String,
    handle: String,
    date: Date,
}

async fn read_likes(client: &Client, uri: &str) -> Result<Vec<Like>, LookupError> {
    let ask = question(client, "app.bsky.feed.getLikes")?.with("uri", uri).with("limit", PAGE);
    let likes = client.pages(ask, NAMES_READ, |page| likes(&page.value)).await;
    stop_where_nobody_answers(likes.stopped)?;
    Ok(likes.found)
}

fn likes(page: &Value) -> Vec<Like> {
    let read = |like: &Value| {
        let actor = like.get("actor")?;
        // What the network saw, not what the record claims.
        let at = json::time(like, "indexedAt")?;
        let (did, handle) = (json::word(actor, "did")?.to_owned(), json::word(actor, "handle")?.to_owned());
        Some(Like { did, handle, date: date_of(at) })
    };
    json::list(page, "likes", PAGE).filter_map(read).collect()
}

/// Replies to the author's post in a thread of depth one.
fn answers(round: &Round, me: &Account, thread: &Value) -> Vec<Evidence> {
    let Some(thread) = thread.get("thread") else { return Vec::new() };
    let found = json::list(thread, "replies", NAMES_READ).filter_map(|reply| {
        let post = reply.get("post")?;
        let handle = json::word(post.get("author")?, "handle").filter(|handle| bare(handle) != me.handle)?;
        let (id, at) = (round.names.id(ON, handle)?, json::time(post, "indexedAt")?);
        Some(round.evidence(ON, id, Deed::Answered, date_of(at), &address(post).unwrap_or_default()))
    });
    found.collect()
}

/// What the author liked of somebody's newest posts.
async fn likes_of(
    client: &Client,
    round: &Round,
    me: &Account,
    id: &Id,
    them: &Account,
) -> Result<Vec<Evidence>, LookupError> {
    let ask = question(client, "app.bsky.feed.getAuthorFeed")?.with("actor", &them.did);
    let ask = ask.with("filter", "posts_no_replies").with("limit", PAGE / 5);
    let feed = match client.json(&ask).await {
        Ok(feed) => feed.value,
        Err(error) => return stop_where_nobody_answers(Some(error)).map(|()| Vec::new()),
    };
    let mut found = Vec::new();
    for post in posts(round, them, &feed, THEIR_DAYS).into_iter().filter(|post| post.likes > 0).take(THEIR_POSTS) {
        let likes = read_likes(client, &post.id).await?;
        let mine = likes.iter().filter(|like| like.did == me.did);
        found.extend(mine.map(|like| round.evidence(ON, id, Deed::Liked, like.date, &post.url)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
