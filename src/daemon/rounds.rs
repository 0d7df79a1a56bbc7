//! What the daemon reads by itself, beside its loop: feeds that are due, what the author's instance allows, what anybody
//! can see of the people in the book, and the sites of those of whom nothing can be read.

use super::{
    Daemon, Said,
    errand::{self, Errand},
};

impl Daemon {
    /// Asks the author's instance what it allows, when that is not known or long ago.
    pub(super) fn look_up_instance(&mut self) {
        let now = self.now();
        let errand = self.home.instance_errand(now, &self.home.book().settings.mastodon);
        let (Some(errand), Ok(fetcher)) = (errand, self.home.fetcher()) else { return };
        // Until it answers, this counts as asked: one question at a time.
        if let Errand::Instance { address } = &errand {
            let known = self.home.instance_limit();
            if self.home.keep_instance(now, address.clone(), known).is_err() {
                return;
            }
        }
        tokio::spawn(errand::run(fetcher, errand, self.found.clone()));
    }

    /// Looks at what anybody can see between the author and the people of the book, one round at a time.
    pub(super) fn look_up_relations(&mut self) {
        if self.looking_up {
            return;
        }
        let (Some(errand), Ok(fetcher)) = (self.home.relations_due(self.now()), self.home.fetcher()) else { return };
        self.looking_up = true;
        let (found, said) = (self.found.clone(), self.said.clone());
        tokio::spawn(async move {
            errand::run(fetcher, errand, found).await;
            _ = said.send(Said::LookedUp).await;
        });
    }

    /// Looks at a few sites of people of whom nothing can be read.
    pub(super) fn look_for_feeds(&mut self) {
        if let (Some(errand), Ok(fetcher)) = (self.home.search_due(self.now()), self.home.fetcher()) {
            tokio::spawn(errand::run(fetcher, errand, self.found.clone()));
        }
    }

    /// Reads the feeds whose time has come, beside the loop, one round at a time.
    pub(super) fn refresh_due(&mut self) {
        if self.refreshing {
            return;
        }
        let jobs = self.home.due_jobs(self.now());
        if jobs.is_empty() {
            return;
        }
        let Ok(fetcher) = self.home.fetcher() else { return };
        self.refreshing = true;
        let errand = Errand::Fetch { jobs, limit: None, grace: self.waking.grace(self.now()) };
        let (found, said) = (self.found.clone(), self.said.clone());
        tokio::spawn(async move {
            errand::run(fetcher, errand, found).await;
            _ = said.send(Said::Refreshed).await;
        });
    }
}
