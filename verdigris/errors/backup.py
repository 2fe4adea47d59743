"""Errors of backups: files that cannot be used, and what they lack. 928x."""

from verdigris.errors._registry import VerdigrisError, coded


class BackupError(VerdigrisError):
    """A backup that cannot be made or used."""

    usual_effect = "none"


@coded(
    9280,
    http=400,
    blame="client",
    advice="Use another copy of the backup, or an earlier one; nothing of this one was used.",
)
class BadBackup(BackupError):
    """A file that is not a backup, or was damaged or changed."""

    text = "{file} is not a backup that can be used: {reason}."


@coded(
    9281,
    http=400,
    blame="client",
    advice="Give the passphrase with which it was made: --passphrase-file, VERDIGRIS_PASSPHRASE, or typed when asked for.",
)
class PassphraseWrong(BackupError):
    """A passphrase that does not open a backup."""

    text = "{file} cannot be opened: the passphrase is wrong, or the file was changed."
