-- Runs once, when the data folder is new, as the superuser. Two logins, so that the running product owns nothing:
-- lodestar_owner migrates and makes new workspaces; lodestar_app serves pages and does the work.
\set ON_ERROR_STOP on
\getenv owner_password LODESTAR_OWNER_PASSWORD
\getenv app_password LODESTAR_APP_PASSWORD

CREATE ROLE lodestar_owner LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE ROLE lodestar_app LOGIN NOINHERIT PASSWORD :'app_password';
CREATE DATABASE lodestar OWNER lodestar_owner;
REVOKE CONNECT ON DATABASE lodestar FROM PUBLIC;
GRANT CONNECT ON DATABASE lodestar TO lodestar_app;
