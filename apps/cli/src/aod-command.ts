import { Command } from "commander";
import type { ErrorOptions, HelpContext } from "commander";

/** A command that is helpful where commander is strict. Its subcommands are of its kind. */
export class AodCommand extends Command {
  override createCommand(name?: string): AodCommand {
    return new AodCommand(name);
  }

  /**
   * Who says nothing of what to do wants to know what there is: that is an answer, not an error. Help for a command that
   * is not there (`aod help nonsense`) is one.
   */
  override help(context?: HelpContext | ((text: string) => string)): never {
    const wanted = this.args.at(-1);
    const isError = typeof context === "object" && context.error;
    return isError && wanted !== undefined ? this.error(`error: unknown command '${wanted}'`) : super.help();
  }

  /** The help that is pointed at is that of the command which was misused. */
  override error(message: string, options?: ErrorOptions): never {
    this.showHelpAfterError(`(${fullNameOf(this)} --help shows what there is)`);
    return super.error(message, options);
  }
}

function fullNameOf(command: Command): string {
  return command.parent ? `${fullNameOf(command.parent)} ${command.name()}` : command.name();
}
