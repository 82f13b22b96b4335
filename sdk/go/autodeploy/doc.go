// Keeps dependent stacks up to date: declare which stacks follow which, and every successful update of a stack starts an update of the stacks that depend on it.
package autodeploy
