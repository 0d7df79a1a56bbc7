//! `device`: pairing is one command on each laptop, and the screen says what to do on which.

use super::{Printed, args::Device, client, print, printed};
use crate::{
    api::{Error, Request},
    platform::Folders,
};

pub fn run(folders: &Folders, command: Device, json: bool) -> Result<Printed, Error> {
    let request = match command {
        Device::Invite => return invite(folders, json),
        Device::Join { at } => Request::DeviceJoin { at },
        Device::List => Request::DeviceList,
        Device::Rename { name, device } => Request::DeviceRename { name, device },
        Device::Remove { name } => Request::DeviceRemove { name },
    };
    client::ask(folders, request).map(printed)
}

/// The invitation is shown first, and then this waits for the other laptop.
fn invite(folders: &Folders, json: bool) -> Result<Printed, Error> {
    let invited = printed(client::ask(folders, Request::DeviceInvite)?);
    print(&if json { invited.json + "\n" } else { invited.text });
    client::ask(folders, Request::DeviceInvited).map(printed)
}
