"""The two commands' machinery: embedded servers, set-up steps and the supervisor. Runs before Django can be imported.

For tests: ``from config.devstack.stack import stack``.
"""
