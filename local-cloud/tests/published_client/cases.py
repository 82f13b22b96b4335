"""The calls: at least one for each route. They follow each other, as those of a program do."""

import hashlib
import json
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from pulumi_cloud_sdk import apis, models

ORGANIZATION, PROJECT, NAME = "acme", "web", "dev"
STACK = {"org_name": ORGANIZATION, "project_name": PROJECT, "stack_name": NAME}
ENVIRONMENT = {"org_name": ORGANIZATION, "project_name": PROJECT, "env_name": "base"}


def run(client):
    """Makes all calls; gives the description of the routes."""
    stacks, organizations = apis.StacksApi(client), apis.OrganizationsApi(client)
    deployments, environments = apis.DeploymentsApi(client), apis.EnvironmentsApi(client)
    specification = of_cloud(client)
    organizations.create_stack(ORGANIZATION, PROJECT, models.AppCreateStackRequest(NAME, tags={"a": "b"}))
    organizations.project_exists(ORGANIZATION, PROJECT)
    of_stack(stacks)
    of_secrets(stacks)
    of_updates(client, stacks)
    of_history(client, stacks)
    of_environments(client, environments)
    of_webhooks(stacks, organizations, environments)
    of_settings(deployments)
    of_deployments(client, deployments)
    of_what_is_absent(client, stacks, organizations, deployments)
    deployments.delete_deployment_settings(**STACK)
    environments.delete_environment_esc_environments(**ENVIRONMENT)
    stacks.rename_stack(**STACK, request=models.AppStackRenameRequest(new_name="prod", new_project=""))
    stacks.delete_stack(**{**STACK, "stack_name": "prod"}, force=True)
    return specification


def of_cloud(client):
    users, miscellaneous = apis.UsersApi(client), apis.MiscellaneousApi(client)
    users.get_current_user()
    users.get_default_organization()
    users.list_user_stacks(max_results=1)
    miscellaneous.capabilities()
    return miscellaneous.fetch_rest_specification()


def of_stack(stacks):
    stacks.get_stack(**STACK)
    stacks.update_stack_tags(**STACK, request={"team": "a"})
    tag = models.AppStackTagName
    stacks.add_stack_tag(**STACK, request=models.StackTag(tag.VCSOwnerNameTag, "me"))
    stacks.update_stack_tag(**STACK, tag_name="team", request={"name": "team", "value": "b"})
    stacks.delete_stack_tag(**STACK, tag_name="team")


def of_secrets(stacks):
    plain = models.AppEncryptValueRequest(b"secret")
    one = stacks.encrypt_value(**STACK, request=plain)
    stacks.decrypt_value(**STACK, request=one)
    many = stacks.batch_encrypt_value(**STACK, request=models.AppBatchEncryptRequest([b"a", b"b"]))
    stacks.batch_decrypt_value(**STACK, request=many)
    stacks.log_only_decrypt_value(**STACK, request=models.AppLog3rdPartyDecryptionEvent(secret_name="x"))
    stacks.log_only_batch_decrypt_value(**STACK, request=models.AppLog3rdPartyDecryptionEvent(command_name="up"))


def program(is_preview=False):
    """An update to be made, with every member that the types know."""
    options = models.AppUpdateOptions([], "raw", is_preview, 8, False, False, False, False, False)
    config = {"web:n": models.AppConfigValue("3", False, False)}
    environment = {"exec.kind": "cli", "pulumi.version": "3.276.0"}
    metadata = models.AppUpdateMetadata("a message", environment)
    return models.AppUpdateProgramRequest(PROJECT, "yaml", "", "A test", options, config, metadata)


def deployment(name):
    """The deployment of a state with one resource."""
    urn = f"urn:pulumi:{NAME}::{PROJECT}::a:b:C::{name}"
    return {"manifest": {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""},
            "resources": [{"urn": urn, "type": "a:b:C", "custom": True, "id": name}]}


def begin(stacks, create, journal_version=0, is_preview=False):
    made = create(**STACK, request=program(is_preview))["updateID"]
    request = models.AppStartUpdateRequest(tags={"pulumi:project": PROJECT}, journal_version=journal_version)
    started = stacks.start_update_for_update(**STACK, update_id=made, request=request)
    return {**STACK, "update_id": made}, started["token"]


def of_updates(client, stacks):
    for create in (stacks.create_update_for_update, stacks.create_update_for_refresh, stacks.create_update_for_destroy):
        with_journal(client, stacks, create)
    with_checkpoints(client, stacks)
    update, token = begin(stacks, stacks.create_update_for_preview, is_preview=True)
    with client.leased(token):
        stacks.complete_update_update(**update, request={"status": "succeeded"})
    update, _ = begin(stacks, stacks.create_update_for_update)
    stacks.cancel_update_update(**update)
    state = models.AppImportStackRequest(version=3, deployment=deployment("imported"))
    imported = stacks.import_stack(**STACK, request=state)["updateId"]
    stacks.get_update_status_for_update(**STACK, update_id=imported)


def with_journal(client, stacks, create):
    update, token = begin(stacks, create, journal_version=1)
    with client.leased(token):
        resource = deployment("one")["resources"][0]
        entry = {"version": 1, "kind": 1, "sequenceID": 1, "operationID": 1, "state": resource}
        stacks.create_journal_entries_update(**update, request={"entries": [entry]})
        events = [
            models.AppEngineEvent(0, 1767225600, prelude_event={"config": {}}),
            models.AppEngineEvent(1, 1767225601, summary_event={
                "maybeCorrupt": False, "durationSeconds": 1, "resourceChanges": {"create": 1}, "PolicyPacks": {},
                "isPreview": False, "result": "succeeded"}),
        ]
        stacks.record_engine_event_batch_update(**update, request={"events": [
            without_nulls(client, event) for event in events]})
        stacks.renew_update_lease_update(**update, request=models.AppRenewUpdateLeaseRequest("", 300))
        stacks.complete_update_update(**update, request={"status": "succeeded"})
    stacks.get_update_status_for_update(**update)
    stacks.get_engine_events_update(**update)
    stacks.get_stack(**STACK)


def without_nulls(client, event):
    from pulumi_cloud_sdk._support import default_encoder
    whole = default_encoder.sanitize_for_serialization(event)
    return {name: value for name, value in whole.items() if value is not None}


def with_checkpoints(client, stacks):
    update, token = begin(stacks, stacks.create_update_for_update)
    with client.leased(token):
        whole = models.AppPatchUpdateCheckpointRequest(False, 3, deployment=deployment("two"))
        stacks.patch_update_checkpoint_update(**update, request=whole)
        text = json.dumps({"version": 3, "deployment": deployment("three")})
        verbatim = {"version": 1, "sequenceNumber": 1, "untypedDeployment": json.loads(text)}
        stacks.patch_update_verbatim_checkpoint_update(**update, request=verbatim)
        # What the client sends is the text that the edits speak of.
        place = text.index("three")
        edit = {"Span": {"start": {"offset": place}, "end": {"offset": place + 5}}, "NewText": "other"}
        edited = text[:place] + "other" + text[place + 5:]
        delta = {"version": 1, "sequenceNumber": 2, "deploymentDelta": [edit],
                 "checkpointHash": hashlib.sha256(edited.encode()).hexdigest()}
        stacks.patch_update_checkpoint_delta_update(**update, request=delta)
        stacks.complete_update_update(**update, request={"status": "succeeded"})


def of_history(client, stacks):
    stacks.export_stack(**STACK)
    stacks.export_stack_at_version(**STACK, version=1)
    stacks.get_stack_updates(**STACK)
    stacks.get_stack_updates(**STACK, output_type="full", page=1, page_size=2)
    stacks.get_latest_stack_update(**STACK)
    stacks.get_stack_update(**STACK, version=1)
    stacks.get_latest_stack_previews(**STACK, asc=False, page=1, page_size=1)
    stacks.list_upstream_stack_references(**STACK)
    stacks.list_downstream_stack_references(**STACK)
    stacks.get_stack_outputs(**STACK)
    # A local cloud has no subgroups of windows, and says so.
    with client.refused(400):
        stacks.create_coherence_window_subgroup(ORGANIZATION, "w", {"size": 2})
        stacks.close_coherence_window_subgroup(ORGANIZATION, "w", "s")


class Receiver(BaseHTTPRequestHandler):
    """A receiver of deliveries that says yes."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def of_webhooks(stacks, organizations, environments):
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    scopes = [
        (organizations, "organization_webhook{}", {"org_name": ORGANIZATION}, {}),
        (stacks, "stack_webhook{}", STACK, {"project_name": PROJECT, "stack_name": NAME}),
        (environments, "webhook{}_esc_environments", ENVIRONMENT,
         {"project_name": PROJECT, "env_name": "base"}),
    ]
    for api, plain, scope, names in scopes:
        def call(verb, suffix="", plain=plain, api=api):
            return getattr(api, f"{verb}_{plain.format(suffix)}")
        hook = models.Webhook(ORGANIZATION, "Deploys", url, True, **names, name="one", secret="s",
                              groups=["environments"] if "env_name" in names else ["stacks"])
        call("create")(**scope, request=hook)
        call("list", "s")(**scope)
        call("get")(**scope, hook_name="one")
        call("update")(**scope, hook_name="one", request=hook)
        call("ping")(**scope, hook_name="one")
        delivery = call("get", "_deliveries")(**scope, hook_name="one")[0]
        call("redeliver", "_event")(**scope, hook_name="one", event=delivery["id"])
        call("delete")(**scope, hook_name="one")
    server.shutdown()
    server.server_close()


def settings():
    """Settings with everything that the types know."""
    secret = {"secret": "hush"}
    return {
        "sourceContext": {"git": {"repoUrl": "file:///nowhere", "branch": "main", "repoDir": "d",
                                  "gitAuth": {"basicAuth": {"userName": secret, "password": secret}}}},
        "operationContext": {
            "environmentVariables": {"PLAIN": "open", "SECRET": secret},
            "preRunCommands": ["true"],
            "options": {"skipInstallDependencies": True, "skipIntermediateDeployments": True, "shell": "bash",
                        "deleteAfterDestroy": False, "remediateIfDriftDetected": False},
            "oidc": {"aws": {"roleArn": "a", "sessionName": "s", "duration": "1h0m0s", "policyArns": ["p"]},
                     "azure": {"clientId": "c", "tenantId": "t", "subscriptionId": "s"},
                     "gcp": {"projectId": "p", "region": "r", "workloadPoolId": "w", "providerId": "i",
                             "serviceAccount": "s", "tokenLifetime": "1h0m0s"}},
            "role": {"id": "r"},
        },
        "executorContext": {"executorImage": {"reference": "image", "credentials": {
            "username": "u", "password": secret}}},
        "gitHub": {"repository": "a/b", "deployCommits": True, "previewPullRequests": False,
                   "pullRequestTemplate": False, "paths": ["p"]},
        "cacheOptions": {"enable": True},
        "vcs": {"provider": "custom", "repository": "a/b"},
        "tag": "t",
    }


def of_settings(deployments):
    deployments.replace_deployment_settings(**STACK, request=settings())
    kept = deployments.get_deployment_settings(**STACK)
    for member in ("version", "source"):
        kept.pop(member)
    again = deployments.replace_deployment_settings(**STACK, request=kept)
    for member in ("version", "source"):
        again.pop(member)
    assert again == kept, f"what was read comes back changed: {kept} and {again}"
    deployments.patch_deployment_settings(**STACK, request={"executorContext": {"executorImage": "plain"}})
    deployments.encrypt_deployment_settings_secret(**STACK, request={"secret": "hush"})


def of_deployments(client, deployments):
    request = models.CreateDeploymentRequest(operation=models.PulumiOperation.Update)
    made = deployments.create_api_deployment_handler_v2(**STACK, request=request)["id"]
    while deployments.get_deployments_status(made) not in ("succeeded", "failed", "skipped"):
        time.sleep(0.01)
    one = {**STACK, "deployment_id": made}
    deployments.get_deployment(**one)
    deployments.get_deployment_version(**STACK, version="1")
    deployments.get_deployment_logs(**one)
    deployments.get_deployment_logs(**one, job=0, step=0, offset=0, count=10)
    deployments.get_deployment_updates(**one)
    with client.refused(409):
        deployments.cancel_deployment(**one)
    deployments.pause_stack_deployments(**STACK)
    queued = deployments.create_api_deployment_handler_v2(**STACK, request=request)["id"]
    deployments.get_deployment(**STACK, deployment_id=queued)
    deployments.list_stack_deployments_handler_v2(**STACK, asc=True, page=1, page_size=10)
    deployments.cancel_deployment(**STACK, deployment_id=queued)
    deployments.resume_stack_deployments(**STACK)
    deployments.stack_deployments_metadata(**STACK)
    deployments.pause_org_deployments(ORGANIZATION)
    deployments.resume_org_deployments(ORGANIZATION)
    deployments.org_deployments_metadata(ORGANIZATION)
    deployments.list_org_deployments(ORGANIZATION)
    of_schedules(deployments)


def of_schedules(deployments):
    update = models.CreateDeploymentRequest(operation=models.PulumiOperation.Update)
    again = models.CreateScheduledDeploymentRequest(schedule_cron="0 4 * * *", request=update)
    once = models.CreateScheduledDeploymentRequest(schedule_once="2100-01-01T00:00:00Z", request=update)
    one = {**STACK, "schedule_id": deployments.create_scheduled_deployment(**STACK, request=again)["id"]}
    deployments.update_scheduled_deployment(**one, request=once)
    deployments.read_scheduled_deployment(**one)
    drift = models.CreateScheduledDriftDeploymentRequest("0 4 * * *", True)
    made = deployments.create_scheduled_drift_deployment(**STACK, request=drift)["id"]
    deployments.update_scheduled_drift_deployment(**STACK, schedule_id=made, request=drift)
    ttl = models.CreateScheduledTTLDeploymentRequest("2100-01-01T00:00:00Z", True)
    made = deployments.create_scheduled_ttl_deployment(**STACK, request=ttl)["id"]
    deployments.update_scheduled_ttl_deployment(**STACK, schedule_id=made, request=ttl)
    deployments.list_scheduled_deployment(**STACK)
    deployments.delete_scheduled_deployment(**one)


DEFINITION = """values:
  people: [ann, bob]
  first: ${people[0]}
  pw:
    fn::secret: hush
"""


def of_environments(client, environments):
    create = environments.create_environment_esc_environments
    create(ORGANIZATION, models.CreateEnvironmentRequest(PROJECT, "base"))
    environments.update_environment_esc_environments(**ENVIRONMENT, request=DEFINITION)
    with client.refused(409):
        create(ORGANIZATION, models.CreateEnvironmentRequest(PROJECT, "base"))
    environments.list_environments_esc()
    environments.list_org_environments_esc(ORGANIZATION, max_results=1)
    environments.get_environment_metadata_esc_environments(**ENVIRONMENT)
    environments.get_environment_settings(**ENVIRONMENT)
    environments.patch_environment_settings(
        **ENVIRONMENT, request=models.PatchEnvironmentSettingsRequest(deletion_protected=False))
    environments.head_environment_esc_environments(**ENVIRONMENT)
    environments.read_environment_esc_environments(**ENVIRONMENT)
    environments.decrypt_environment_esc_environments(**ENVIRONMENT)
    environments.check_environment_esc_environments(**ENVIRONMENT)
    environments.check_yaml_esc(ORGANIZATION, DEFINITION, show_secrets=True)
    with client.refused(400):
        environments.check_yaml_esc(ORGANIZATION, "values: {a: '${b}'}")
    plain = models.EncryptEnvironmentSecretsRequest([b64encode(b"hush").decode()])
    environments.encrypt_environment_secrets(**ENVIRONMENT, request=plain)
    opened = environments.open_environment_esc_environments(**ENVIRONMENT, duration="1h0m0s")["id"]
    environments.read_open_environment_esc_environments(**ENVIRONMENT, open_session_id=opened)
    anonymous = environments.open_yaml_esc(ORGANIZATION)["id"]
    environments.read_anonymous_open_environment_esc(ORGANIZATION, open_session_id=anonymous)
    of_revisions(environments)
    tags = {**ENVIRONMENT, "tag_name": "owner"}
    environments.create_environment_tag_esc_environments(
        **ENVIRONMENT, request=models.CreateEnvironmentTagRequest("owner", "me"))
    change = models.UpdateEnvironmentTagRequest(
        models.UpdateEnvironmentTagRequestCurrentTag("me"), models.UpdateEnvironmentTagRequestNewTag(value="us"))
    environments.update_environment_tag_esc_environments(**tags, request=change)
    environments.get_environment_tag_esc_environments(**tags)
    environments.list_environment_tags_esc_environments(**ENVIRONMENT)
    environments.delete_environment_tag_esc_environments(**tags)
    environments.clone_environment(**ENVIRONMENT, request=models.CloneEnvironmentRequest("copy"))


def of_revisions(environments):
    version = {**ENVIRONMENT, "version": "2"}
    environments.list_environment_revisions_esc_environments(**ENVIRONMENT, count=10)
    environments.read_environment_esc_environments_versions(**version)
    environments.decrypt_environment_esc_environments_versions(**version)
    environments.check_environment_esc_environments_versions(**version)
    environments.open_environment_esc_environments_versions(**version)
    environments.create_revision_tag_esc_environments_versions_tags(
        **ENVIRONMENT, request=models.CreateEnvironmentRevisionTagRequest("stable", 2))
    tag = {**ENVIRONMENT, "tag_name": "stable"}
    environments.read_revision_tag_esc_environments(**tag)
    environments.update_revision_tag_esc_environments(
        **tag, request=models.UpdateEnvironmentRevisionTagRequest(revision=1))
    environments.list_revision_tags_esc_environments_versions(**ENVIRONMENT)
    environments.delete_revision_tag_esc_environments(**tag)


def of_what_is_absent(client, stacks, organizations, deployments):
    deployments.get_stack_drift_status(**STACK)
    deployments.list_drift_runs(**STACK, page=1, page_size=10)
    stacks.get_stack_policy_packs(**STACK)
    stacks.get_stack_policy_groups(**STACK)
    organizations.list_organization_members(ORGANIZATION)
    apis.WorkflowsApi(client).list_org_agent_pool(ORGANIZATION)
