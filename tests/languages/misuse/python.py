"""What the type checker must refuse. Each line that is wrong ends with the name of the error."""

import pulumi_auto_deploy as auto_deploy

b = auto_deploy.AutoDeployer("b", project="app", stack="b")

auto_deploy.AutoDeployer("a", auto_deploy.AutoDeployerArgs(stack="a"))  # call-arg
auto_deploy.AutoDeployer("a", auto_deploy.AutoDeployerArgs(project="app"))  # call-arg
auto_deploy.AutoDeployer("a", project="app", stack="a", downstream_refs=[b])  # list-item
auto_deploy.AutoDeployer("a", project="app", stack="a", downstream_ref=[b.ref])  # call-overload
auto_deploy.AutoDeployer("a", project="app", stack="a", filters=["update_suceeded"])  # list-item
auto_deploy.Webhook("hook", display_name="hook", payload_url="app/b", format=auto_deploy.WebhookGroup.STACKS)  # call-overload
auto_deploy.Webhook("hook", display_name="hook", payload_url="app/b", format=auto_deploy.WebhookFormat.TEAMS)  # attr-defined
auto_deploy.Webhook("hook", auto_deploy.WebhookArgs(display_name="hook"))  # call-arg
