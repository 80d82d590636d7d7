//! Async, with any executor: this one has ten lines. Two tokens are asked at the same time.
//!
//! `cargo run -p kaztoken-examples --bin asynchronous`

use core::error::Error;
use core::future::poll_fn;
use core::pin::{Pin as Pinned, pin};
use core::task::{Context, Poll, Waker};
use kaztoken_core::Millis;
use kaztoken_core::drive::asynchronous::{ApduLink, run};
use kaztoken_core::drive::{ApduLink as _, Failure};
use kaztoken_core::pin::{Access, Role, State as PinState};
use kaztoken_core::token::{BUFFER_LEN, Card, Protocol, Serial, Session};
use kaztoken_virtual::link::{InProcess, LinkError};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Model, State, VirtualToken, system_rng};

/// A token that lets others go first before each answer.
struct AsyncLink(InProcess<VirtualToken<MemoryStore>>);

impl ApduLink for AsyncLink {
    type Error = LinkError;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, LinkError> {
        let mut asked = false;
        poll_fn(|_| if core::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending }).await;
        self.0.transmit(command, response, budget)
    }
}

/// What there is to know without a PIN.
async fn ask(serial: u64) -> Result<(Serial, PinState), Failure<LinkError>> {
    let store = MemoryStore::new(State::factory(Model::Kaztoken, serial));
    let Ok(token) = VirtualToken::open(store, system_rng());
    let mut link = AsyncLink(InProcess::new(token));
    let mut buffer = [0; BUFFER_LEN];
    let card = Card::new(&mut buffer, Protocol::T1);
    let mut access = Access::unknown();
    let mut session = Session::new(&card, &mut access);
    run(&mut link, &card, async {
        let serial = session.serial().await?;
        Ok((serial, session.pin_info(Role::User).await?.state))
    })
    .await
}

/// Polls both until both are done: an executor for programs that have nothing else to do.
fn block_on_both<T>(mut futures: [Pinned<&mut dyn Future<Output = T>>; 2]) -> [Option<T>; 2] {
    let mut results = [None, None];
    let mut context = Context::from_waker(Waker::noop());
    while results.iter().any(Option::is_none) {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(&mut context)
            {
                *result = Some(value);
            }
        }
    }
    results
}

fn main() -> Result<(), Box<dyn Error>> {
    let (first, second) = (pin!(ask(1001)), pin!(ask(1002)));
    for result in block_on_both([first, second]).into_iter().flatten() {
        let (serial, state) = result?;
        println!("token {serial}: user PIN {state:?}");
    }
    Ok(())
}
