//! What went wrong while pairing, in words that say what to do next, and on which laptop.

use std::net::SocketAddr;

use super::Role;

/// Why two devices did not come together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// What was typed is neither a code nor a ticket.
    NoCode,
    /// A word that no code has, and the one that was meant.
    UnknownWord {
        typed: String,
        meant: Option<String>,
    },
    /// A ticket that was not copied whole.
    TornTicket,
    /// The code or ticket is this device's own.
    Own,
    /// This code was tried from here before: each has one guess.
    Tried,
    /// Looking on the local network is turned off.
    NoDiscovery,
    /// Nobody on this network shows this code.
    Nobody,
    /// Nobody answers where the ticket says.
    Unreachable,
    /// The other device invites nobody, or no longer.
    NotInviting,
    /// The code does not match; told with where it came from.
    Wrong {
        from: Option<SocketAddr>,
    },
    /// Nobody came in time.
    Expired,
    /// Somebody else is being let in.
    Taken,
    TheyAreNewer,
    TheyAreOlder,
    /// The other device said something else than it should.
    Garbled,
    /// The connection broke in the middle.
    Lost,
    /// The inviter does not want this device, with its reason.
    Declined(String),
    /// The endpoint could not be had.
    NoNetwork(String),
    /// Another invitation or attempt took its place.
    Replaced,
}

impl Failure {
    /// Whether the code had its one guess with this: whoever took it, it is not tried again.
    #[must_use]
    pub fn spends(&self) -> bool {
        matches!(self, Failure::Wrong { .. } | Failure::Lost | Failure::Garbled | Failure::Taken | Failure::Declined(_))
    }

    /// What happened, and what mends it unless that is a new code, as this side of the pairing reads it.
    #[must_use]
    pub fn said(&self, role: Role) -> String {
        match (self, role) {
            (Failure::NoCode, _) => {
                "This is no code and no ticket. A code looks like 7-otter-lamp; the other laptop shows it".into()
            }
            (Failure::UnknownWord { typed, meant: Some(meant) }, _) => {
                format!("No code has the word \"{typed}\": was it \"{meant}\"? Nothing was tried yet")
            }
            (Failure::UnknownWord { typed, meant: None }, _) => {
                format!("No code has the word \"{typed}\": look at the other laptop again. Nothing was tried yet")
            }
            (Failure::TornTicket, _) => {
                "The ticket is not whole: copy all of it from the other laptop, from goodword1 to its last letter".into()
            }
            (Failure::Own, _) => "This code is this laptop's own: type it on the other laptop".into(),
            (Failure::Tried, _) => "This code was tried already, and each has one guess".into(),
            (Failure::NoDiscovery, _) => {
                "Looking on the local network is turned off here (`discovery` in config.toml): use the ticket that the other laptop shows below its code".into()
            }
            (Failure::Nobody, _) => {
                "Nobody on this network shows this code. Are both laptops on the same network, and does the other one still wait? Otherwise use the ticket that it shows below its code".into()
            }
            (Failure::Unreachable, _) => {
                "The other laptop does not answer where the ticket says it is. Does it still wait, and can it be reached from here? Put both on one network and try again".into()
            }
            (Failure::NotInviting, _) => "The other laptop invites nobody at this moment".into(),
            (Failure::Wrong { .. }, Role::Joiner) => {
                "The code is not the one that the other laptop shows, and it is void now".into()
            }
            (Failure::Wrong { from }, Role::Inviter) => {
                let from = from.map(|from| format!(" from {}", from.ip())).unwrap_or_default();
                format!("Somebody{from} tried a wrong code, so this one is void")
            }
            (Failure::Expired, Role::Inviter) => "Nobody joined within five minutes, so the code is void".into(),
            (Failure::Expired, Role::Joiner) => "The code is void by now".into(),
            (Failure::Taken, _) => "The code was just used by another laptop".into(),
            (Failure::TheyAreNewer, _) => {
                "The other laptop has a newer goodword: update this one, then try again".into()
            }
            (Failure::TheyAreOlder, _) => "The other laptop has an older goodword: update that one, then try again".into(),
            (Failure::Garbled, _) => {
                "The other laptop said something that this one does not understand. Are both up to date?".into()
            }
            (Failure::Lost, _) => "The connection broke before it was done".into(),
            (Failure::Declined(why), Role::Inviter) => format!("This laptop did not let the other one in: {why}"),
            (Failure::Declined(why), _) if why.is_empty() => "The other laptop did not let this one in".into(),
            (Failure::Declined(why), _) => format!("The other laptop did not let this one in: {why}"),
            (Failure::NoNetwork(why), _) => format!("There is no way out to the network here ({why}). Is this laptop online?"),
            (Failure::Replaced, Role::Inviter) => "A newer invitation took its place: only its code holds".into(),
            (Failure::Replaced, Role::Joiner) => "A newer attempt took its place".into(),
        }
    }

    /// Whether only a new code, from whoever invites, helps.
    #[must_use]
    pub fn needs_new_code(&self) -> bool {
        matches!(
            self,
            Failure::NoCode
                | Failure::Tried
                | Failure::NotInviting
                | Failure::Wrong { .. }
                | Failure::Expired
                | Failure::Taken
                | Failure::Garbled
                | Failure::Lost
        )
    }
}
