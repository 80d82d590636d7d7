# The command `explain` itself.
explain-means = means
explain-cause = cause
explain-next = next
explain-unknown = { $code } is no code that is known here; give a status word (6983), a CCID error (ccid:FE), a name or number of libusb (LIBUSB_ERROR_BUSY, -6), of PC/SC (0x8010001D), of PKCS#11 (CKR_PIN_LOCKED, ckr:A4), or an exit code of this program (exit:7)
family-status = status word of the token
family-ccid = error of the reader (CCID)
family-libusb = libusb
family-pcsc = PC/SC
family-pkcs11 = PKCS#11
family-exit = exit code of kaztoken
