//! Nothing waits: a main loop asks now and then whether the token is done and does other work meanwhile, as on a
//! microcontroller without an operating system.
//!
//! `cargo run -p kaztoken-examples --bin nonblocking`

use core::error::Error;
use core::pin::pin;
use kaztoken_core::Millis;
use kaztoken_core::drive::nonblocking::{ApduLink, Running};
use kaztoken_core::pin::{Access, LastTry, Pin};
use kaztoken_core::token::{BUFFER_LEN, Card, Protocol, Session};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card as _, Model, State, VirtualToken, system_rng};

/// A token that takes three looks to answer.
struct SlowLink {
    token: VirtualToken<MemoryStore>,
    answer: Vec<u8>,
    looks: u8,
}

impl ApduLink for SlowLink {
    type Error = core::convert::Infallible;

    fn send(&mut self, command: &[u8], _budget: Millis) -> nb::Result<(), Self::Error> {
        self.token.process(command, &mut self.answer);
        self.looks = 3;
        Ok(())
    }

    fn receive(&mut self, _command: &[u8], response: &mut [u8]) -> nb::Result<usize, Self::Error> {
        self.looks = self.looks.saturating_sub(1);
        if self.looks > 0 {
            return Err(nb::Error::WouldBlock);
        }
        response.iter_mut().zip(&self.answer).for_each(|(place, byte)| *place = *byte);
        Ok(self.answer.len())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = MemoryStore::new(State::factory(Model::Kaztoken, 0x4773_8461));
    let token = VirtualToken::open(store, system_rng())?;
    let mut link = SlowLink { token, answer: Vec::new(), looks: 0 };
    let user_pin = Pin::new(b"12345678")?;

    // All memory is the caller's, and none of it is allocated.
    let mut buffer = [0; BUFFER_LEN];
    let card = Card::new(&mut buffer, Protocol::T1);
    let mut access = Access::unknown();
    let mut session = Session::new(&card, &mut access);
    let conversation = pin!(async {
        let serial = session.serial().await?;
        let mut user = session.login_user(&user_pin, LastTry::Refuse).await?;
        let mut random = [0; 16];
        user.random(&mut random).await?;
        user.logout().await?;
        Ok((serial, random))
    });

    let mut running = Running::new(&card, conversation);
    let mut other_work = 0;
    let (serial, random) = loop {
        match running.poll(&mut link) {
            Ok(result) => break result,
            Err(nb::Error::WouldBlock) => other_work += 1,
            Err(nb::Error::Other(error)) => return Err(error.to_string().into()),
        }
    };
    println!("token {serial} gave {random:02x?}");
    println!("{other_work} rounds of other work were done meanwhile");
    Ok(())
}
