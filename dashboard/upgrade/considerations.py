"""What is read before the mailability upgrade. Source: seed 000, product.md sections 6 and 7."""

CONSIDERATIONS = (
    "The upgrade is permanent, for this business unit as a whole.",
    "Do Not Email is no longer tied to Opted Out, which changes how prospects sync with "
    "Salesforce: an opt-out ticks Opted Out only, a bounce ticks neither and makes the prospect "
    "Undeliverable.",
    "Statuses become Mailable, Transactional Only and Undeliverable.",
    "No value of any prospect is changed by the upgrade itself. The next sync is a first link for "
    "consent: whoever is opted out on either side is opted out on both, so no opt-out is lost.",
    "Every prospect is backed up first, and the backup is read back and verified. It stays for "
    "comparing and restoring.",
    "A preview shows who would become mailable or stop being so. You acknowledge it before "
    "anything is touched, and can cancel until the switch.",
)
PRESERVED = {
    1: "Connector version 1: Unverify, map Opted Out to the custom field, map Do Not Email to "
    "HasOptedOutOfEmail, Verify, wait for a full sync, upgrade.",
    2: "Connector version 2: Pause, map Opted Out to the custom field, map Do Not Email to "
    "HasOptedOutOfEmail, upgrade while paused, Resume Sync.",
}
