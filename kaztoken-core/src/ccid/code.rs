//! The one-byte codes of CCID messages. Every code keeps values it does not know.

use core::fmt;

macro_rules! codes {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $value:literal, )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )*
            /// A value without a name here.
            Unknown(u8),
        }

        impl From<u8> for $name {
            fn from(value: u8) -> Self {
                match value {
                    $( $value => Self::$variant, )*
                    other => Self::Unknown(other),
                }
            }
        }

        impl From<$name> for u8 {
            fn from(code: $name) -> Self {
                match code {
                    $( $name::$variant => $value, )*
                    $name::Unknown(other) => other,
                }
            }
        }
    };
}

codes! {
    /// bMessageType (6.1 to 6.3).
    MessageType {
        /// PC_to_RDR_SetParameters, 6.1.7.
        SetParameters = 0x61,
        /// PC_to_RDR_IccPowerOn, 6.1.1.
        IccPowerOn = 0x62,
        /// PC_to_RDR_IccPowerOff, 6.1.2.
        IccPowerOff = 0x63,
        /// PC_to_RDR_GetSlotStatus, 6.1.3.
        GetSlotStatus = 0x65,
        /// PC_to_RDR_Secure, 6.1.11.
        Secure = 0x69,
        /// PC_to_RDR_T0APDU, 6.1.10.
        T0Apdu = 0x6A,
        /// PC_to_RDR_Escape, 6.1.8.
        Escape = 0x6B,
        /// PC_to_RDR_GetParameters, 6.1.5.
        GetParameters = 0x6C,
        /// PC_to_RDR_ResetParameters, 6.1.6.
        ResetParameters = 0x6D,
        /// PC_to_RDR_IccClock, 6.1.9.
        IccClock = 0x6E,
        /// PC_to_RDR_XfrBlock, 6.1.4.
        XfrBlock = 0x6F,
        /// PC_to_RDR_Mechanical, 6.1.12.
        Mechanical = 0x71,
        /// PC_to_RDR_Abort, 6.1.13.
        Abort = 0x72,
        /// PC_to_RDR_SetDataRateAndClockFrequency, 6.1.14.
        SetDataRateAndClockFrequency = 0x73,
        /// RDR_to_PC_DataBlock, 6.2.1.
        DataBlock = 0x80,
        /// RDR_to_PC_SlotStatus, 6.2.2.
        SlotStatus = 0x81,
        /// RDR_to_PC_Parameters, 6.2.3.
        Parameters = 0x82,
        /// RDR_to_PC_Escape, 6.2.4.
        EscapeAnswer = 0x83,
        /// RDR_to_PC_DataRateAndClockFrequency, 6.2.5.
        DataRateAndClockFrequency = 0x84,
        /// RDR_to_PC_NotifySlotChange, 6.3.1.
        NotifySlotChange = 0x50,
        /// RDR_to_PC_HardwareError, 6.3.2.
        HardwareError = 0x51,
    }
}

codes! {
    /// bmICCStatus, bits 0 and 1 of bStatus (6.2.6).
    IccStatus {
        /// Present and active: powered, clock running.
        Active = 0,
        /// Present and inactive.
        Inactive = 1,
        /// No card.
        Absent = 2,
    }
}

codes! {
    /// bmCommandStatus, bits 6 and 7 of bStatus (6.2.6).
    CommandStatus {
        /// Processed without error.
        Processed = 0,
        /// Failed: bError says why.
        Failed = 1,
        /// The reader asks for more time: bError is a multiplier.
        TimeExtension = 2,
    }
}

/// bStatus of every bulk-IN message (6.2.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Status(pub u8);

impl Status {
    /// Joins the two halves; bits beyond two of each are dropped.
    #[must_use]
    pub fn new(icc: IccStatus, command: CommandStatus) -> Self {
        Self((u8::from(icc) & 3) | (u8::from(command) << 6))
    }

    /// bmICCStatus.
    #[must_use]
    pub fn icc(self) -> IccStatus {
        IccStatus::from(self.0 & 3)
    }

    /// bmCommandStatus.
    #[must_use]
    pub fn command(self) -> CommandStatus {
        CommandStatus::from(self.0 >> 6)
    }
}

codes! {
    /// bError of a failed command (6.2.6, table 6.2-2). `Unknown` holds 01 to 7F, the offset of the
    /// parameter that is refused ([`ErrorCode::parameter_offset`]), and reserved and vendor values.
    ErrorCode {
        /// CMD_NOT_SUPPORTED: the reader does not know the command.
        CommandNotSupported = 0x00,
        /// CMD_SLOT_BUSY: another command is under way in this slot.
        SlotBusy = 0xE0,
        /// PIN_CANCELLED.
        PinCancelled = 0xEF,
        /// PIN_TIMEOUT.
        PinTimeout = 0xF0,
        /// BUSY_WITH_AUTO_SEQUENCE: the reader is activating the card by itself.
        BusyWithAutoSequence = 0xF2,
        /// DEACTIVATED_PROTOCOL.
        DeactivatedProtocol = 0xF3,
        /// PROCEDURE_BYTE_CONFLICT.
        ProcedureByteConflict = 0xF4,
        /// ICC_CLASS_NOT_SUPPORTED.
        IccClassNotSupported = 0xF5,
        /// ICC_PROTOCOL_NOT_SUPPORTED.
        IccProtocolNotSupported = 0xF6,
        /// BAD_ATR_TCK.
        BadAtrTck = 0xF7,
        /// BAD_ATR_TS.
        BadAtrTs = 0xF8,
        /// HW_ERROR: the hardware stopped by itself, for example because of too high a current.
        HardwareError = 0xFB,
        /// XFR_OVERRUN.
        TransferOverrun = 0xFC,
        /// XFR_PARITY_ERROR.
        TransferParityError = 0xFD,
        /// ICC_MUTE: the card did not answer in time.
        IccMute = 0xFE,
        /// CMD_ABORTED: the host aborted the command.
        CommandAborted = 0xFF,
    }
}

impl ErrorCode {
    /// 01 to 7F: the offset in the command message of the field that the reader refuses (1 = dwLength,
    /// 5 = bSlot, 7 and on = the message's own fields).
    #[must_use]
    pub const fn parameter_offset(self) -> Option<u8> {
        match self {
            Self::Unknown(offset @ 0x01..=0x7F) => Some(offset),
            _ => None,
        }
    }

    /// The reader says that it did not take the command because it is busy.
    #[must_use]
    pub const fn is_busy(self) -> bool {
        matches!(self, Self::SlotBusy | Self::BusyWithAutoSequence)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::CommandNotSupported => "the reader does not support this command",
            Self::SlotBusy => "the slot is busy with another command",
            Self::PinCancelled => "PIN entry was cancelled on the reader",
            Self::PinTimeout => "PIN entry on the reader took too long",
            Self::BusyWithAutoSequence => "the reader is busy activating the card",
            Self::DeactivatedProtocol => "the protocol is deactivated",
            Self::ProcedureByteConflict => "the card sent a wrong procedure byte",
            Self::IccClassNotSupported => "the reader does not support the card's voltage class",
            Self::IccProtocolNotSupported => "the reader does not support the card's protocol",
            Self::BadAtrTck => "the answer to reset has a wrong check byte",
            Self::BadAtrTs => "the answer to reset has a wrong first byte",
            Self::HardwareError => "the reader reports a hardware error",
            Self::TransferOverrun => "the card sent more than the reader could take",
            Self::TransferParityError => "parity error between reader and card",
            Self::IccMute => "the card does not answer",
            Self::CommandAborted => "the command was aborted",
            Self::Unknown(0x05) => "the reader has no such slot",
            Self::Unknown(0x07) => {
                "the reader refuses the parameter at offset 7 (voltage, or a reserved byte)"
            }
            Self::Unknown(0xBB) => "the reader refuses the card (often: it is in EMV mode)",
            Self::Unknown(offset @ 0x01..=0x7F) => {
                return write!(f, "the reader refuses the parameter at offset {offset}");
            }
            Self::Unknown(0x80..=0xC0) => "error of the reader's vendor",
            Self::Unknown(_) => "reserved error code",
        };
        write!(f, "{text} (bError {:02X})", u8::from(*self))
    }
}

codes! {
    /// bPowerSelect of IccPowerOn (6.1.1).
    PowerSelect {
        /// The reader chooses.
        Automatic = 0,
        /// 5 V.
        Volts5 = 1,
        /// 3 V.
        Volts3 = 2,
        /// 1.8 V.
        Volts1_8 = 3,
    }
}

codes! {
    /// bClockCommand of IccClock (6.1.9).
    ClockCommand {
        /// Restart the clock.
        Restart = 0,
        /// Stop it in the state that bClockStop of the parameters gives.
        Stop = 1,
    }
}

codes! {
    /// bClockStatus of SlotStatus (6.2.2).
    ClockStatus {
        /// Running.
        Running = 0,
        /// Stopped in state L.
        StoppedLow = 1,
        /// Stopped in state H.
        StoppedHigh = 2,
        /// Stopped in an unknown state.
        Stopped = 3,
    }
}

codes! {
    /// bFunction of Mechanical (6.1.12).
    MechanicalFunction {
        /// Accept the card.
        Accept = 1,
        /// Eject the card.
        Eject = 2,
        /// Capture the card.
        Capture = 3,
        /// Lock the card.
        Lock = 4,
        /// Unlock the card.
        Unlock = 5,
    }
}

codes! {
    /// bChainParameter of DataBlock (6.2.1).
    ChainParameter {
        /// The answer begins and ends here.
        Whole = 0x00,
        /// The answer begins here and goes on.
        First = 0x01,
        /// The answer goes on and ends here.
        Last = 0x02,
        /// The answer goes on and does not end here.
        Middle = 0x03,
        /// Empty: the next part of the command may be sent.
        NextCommandPart = 0x10,
    }
}
