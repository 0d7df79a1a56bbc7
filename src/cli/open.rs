//! `open`: the page, in the author's browser. The address is good once and for a few minutes.

use super::{Printed, client, printed};
use crate::{
    api::{Answer, Error, Request},
    platform::{self, Folders},
};

pub fn run(folders: &Folders, print: bool) -> Result<Printed, Error> {
    let answer = client::ask(folders, Request::PageOpen)?;
    let Answer::Page(page) = &answer else { return Err(Error::failed("the daemon did not say where the page is")) };
    if print {
        return Ok(printed(answer));
    }
    platform::open_link_here(&page.url).map_err(|error| {
        Error::failed(error.to_string()).hint("goodword open --print gives the address, to paste into a browser")
    })?;
    Ok(Printed { text: "The page opens in your browser.\n".to_owned(), json: String::new(), nothing: false })
}
