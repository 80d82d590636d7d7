//! How an answer reaches the host: the T=0 procedure (ISO 7816-3 section 12.2.1), GET RESPONSE, answers over
//! 256 bytes.

use super::VirtualToken;
use crate::model::Protocol;
use crate::store::Store;
use alloc::vec::Vec;
use kaztoken_core::apdu::{CommandView, StatusWord, ins};

impl<S: Store> VirtualToken<S> {
    /// Takes one command; appends the answer's data to `response` and returns the status word.
    pub(super) fn answer(&mut self, command: &[u8], response: &mut Vec<u8>) -> StatusWord {
        let view = match CommandView::parse(command) {
            Ok(view) if !view.is_extended() => view,
            _ => return StatusWord::WRONG_LENGTH,
        };
        let (cla, ins, ne) = (view.command().cla, view.command().ins, view.command().ne as usize);
        if (cla, ins) == (0x00, ins::GET_RESPONSE) {
            return self.get_response(ne, response);
        }
        self.session.pending.clear();
        let data = match self.execute(&view) {
            Ok(data) if data.is_empty() => return StatusWord::SUCCESS,
            Ok(data) => data,
            Err(status) => return status,
        };
        // These say their answer's length without a side effect, so a wrong Le is answered with the right
        // one.
        let sized = matches!(ins, ins::READ_BINARY | ins::GET_DATA | ins::GET_CHALLENGE);
        match self.state.model().protocol() {
            Protocol::T0 if sized && data.len() != ne => StatusWord::wrong_le(data.len()),
            Protocol::T0 if !sized => {
                self.session.pending = data;
                StatusWord::more_data(self.session.pending.len())
            }
            Protocol::T1 if ne == 0 => StatusWord::SUCCESS,
            _ => {
                self.session.pending = data;
                self.collect(ne, response)
            }
        }
    }

    fn get_response(&mut self, ne: usize, response: &mut Vec<u8>) -> StatusWord {
        let available = self.session.pending.len();
        match self.state.model().protocol() {
            _ if available == 0 => StatusWord::CONDITIONS_NOT_SATISFIED,
            Protocol::T0 if ne > available => StatusWord::wrong_le(available),
            _ => self.collect(ne, response),
        }
    }

    /// Gives at most `ne` bytes of what is pending, and says how much is left.
    fn collect(&mut self, ne: usize, response: &mut Vec<u8>) -> StatusWord {
        let pending = &mut self.session.pending;
        response.extend(pending.drain(..ne.min(pending.len())));
        if pending.is_empty() { StatusWord::SUCCESS } else { StatusWord::more_data(pending.len()) }
    }
}
