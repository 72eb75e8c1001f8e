"""The job API: submit, watch, cancel; all of DBOS is in here."""
