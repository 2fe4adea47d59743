"""Commands about models and hosts: `verdigris package`, `deploy`, `undeploy`, `host-key`, and `look`."""
