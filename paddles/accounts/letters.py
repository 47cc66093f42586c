"""What mails say. Pure. A token stands on a line of its own, and nothing else in a mail looks like one."""

from collections.abc import Mapping

# By kind of mail: its subject, and its text with {username}, {token} and {link}.
LETTERS: Mapping[str, tuple[str, str]] = {
    "verify": (
        "Verify your e-mail address",
        "Hello {username},\n\nto show that this address is yours, give this token to the service:\n\n{token}\n\n"
        "It is good for an hour. If you did not ask for it, do nothing.\n",
    ),
    "verified": (
        "Your e-mail address is verified",
        "Hello {username},\n\nyour address is verified: you can log in now.\n",
    ),
    "reset": (
        "Set a new password",
        "Hello {username},\n\nto set a new password, give this token to the service:\n\n{token}\n\n"
        "It is good for an hour, and once. If you did not ask for it, do nothing: your password stays as it is.\n",
    ),
    "changed": (
        "Your password has changed",
        "Hello {username},\n\nyour password was set anew, and all tokens from before are void.\n"
        "If that was not you, tell your administrator.\n",
    ),
    "invite": (
        "You are invited",
        "Hello {username},\n\nan account was made for you. Choose a password at\n\n{link}\n\n"
        "with this token:\n\n{token}\n\nIt is good until it is used, but not for ever.\n",
    ),
    "welcome": (
        "Welcome",
        "Hello {username},\n\nyour account is ready: you can log in now.\n",
    ),
}


def written(kind: str, username: str, token: str, link: str) -> tuple[str, str]:
    """Return the subject and the text of a mail to a user."""
    subject, text = LETTERS[kind]
    return subject, text.format(username=" ".join(username.split()), token=token, link=link)
