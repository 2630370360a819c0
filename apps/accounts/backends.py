from allauth.account.auth_backends import AuthenticationBackend


class PersonBackend(AuthenticationBackend):
    """allauth's sign-in by e-mail; on the public host the same for operators. Rights are ours (`domain.roles`)."""
