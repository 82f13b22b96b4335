// Runs one command of the CLI on a program with a group and its webhook. `node index.js COMMAND NAME` calls the webhook NAME
// in the program: another name than before would make another webhook, if the group did not migrate its state.
//
// By the Automation API, because the language hosts that can be built do not pass on what the engine says of migrations.
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace } from "@pulumi/pulumi/automation";

const [command, called] = process.argv.slice(2);

/** Calls the webhook of the group as the program does now. It stays the same webhook. */
function rename(args: pulumi.StateMigrationArgs): pulumi.StateMigrationResult | undefined {
    const old = args.oldState.find(state => state.type === "auto-deploy:index:Webhook");
    if (old === undefined || old.urn.endsWith(`::${called}`)) {
        return undefined;
    }
    const urn = old.urn.replace(/::[^:]*$/, `::${called}`);
    return {
        newState: args.oldState.map(state => (state === old ? { ...state, urn } : state)),
        successors: { [old.urn]: urn },
    };
}

class Webhook extends pulumi.CustomResource {
    constructor(name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions) {
        super("auto-deploy:index:Webhook", name, inputs, options);
    }
}

class Group extends pulumi.ComponentResource {
    constructor(name: string) {
        super("migrations:index:Group", name, {}, { stateMigrations: [rename] });
        const inputs = {
            organizationName: "acme",
            displayName: "The webhook of the group",
            payloadUrl: "http://127.0.0.1:9/",
            name: "kept",
        };
        new Webhook(called, inputs, { parent: this });
        this.registerOutputs({});
    }
}

async function run() {
    const stack = await LocalWorkspace.createOrSelectStack({
        stackName: "acme/migrations/dev",
        projectName: "migrations",
        program: async () => {
            new Group("group");
        },
    });
    const onOutput = (text: string) => process.stdout.write(text);
    switch (command) {
        case "preview":
            return stack.preview({ onOutput });
        case "up":
            return stack.up({ onOutput });
        case "up-unchanged":
            return stack.up({ onOutput, expectNoChanges: true });
        case "destroy":
            return stack.destroy({ onOutput });
        default:
            throw new Error(`unknown command ${command}`);
    }
}

run().catch(error => {
    console.error(error.message);
    process.exit(1);
});
