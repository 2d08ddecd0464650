import { defineErrors } from '#kernel'

export const modelErrors = defineErrors({
  FDP_MODEL_DECLARATION: {
    status: 400,
    message: 'the model `{model}` is not declared right at `{where}`: {what}',
    help: 'mend its file; spec/models.md says what each line means',
  },
  FDP_MODEL_SQL: {
    status: 400,
    message: 'the SQL of model `{model}` is refused at {at}: {what}',
    help: '{help}',
  },
  FDP_MODEL_CLASS: {
    status: 400,
    message: 'column `{column}` of model `{model}` is declared `{declared}` and has to be `{strictest}`',
    help: '{because} is `{strictest}`, and what is made from it is no milder: declare it so, or leave that out',
  },
  FDP_MODEL_UNKNOWN: {
    status: 404,
    message: 'there is no model `{model}` here',
    help: 'run `./fdp model list`; the models are: {known}',
  },
  FDP_MODEL_CYCLE: {
    status: 400,
    message: 'models are made from each other in a circle: {cycle}',
    help: 'take one of these references out',
  },
  FDP_MODEL_TWICE: {
    status: 409,
    message: 'two files declare the model `{model}`',
    help: 'rename one of them: a model of the tenant does not take the place of one that a product brings',
  },
  FDP_MODEL_NOT_PROPOSED: {
    status: 409,
    message: 'the model `{model}` is not proposed as it stands in its file',
    help: 'run `./fdp model propose {model}`: what nobody put their name to is not run over data',
  },
  FDP_MODEL_NOT_APPROVED: {
    status: 409,
    message: 'the model `{model}` is not approved as it stands in its file',
    help: 'have somebody else look at it with `./fdp model show {model}` and approve it with `./fdp model approve {model}`',
  },
  FDP_MODEL_TESTS: {
    status: 409,
    message: '{failed} of {tests} tests of model `{model}` fail',
    help: 'run `./fdp model test {model}` and mend the SQL or the test; only what passes is proposed and built',
  },
  FDP_MODEL_RESULT: {
    status: 422,
    message: 'what model `{model}` makes for {controller} is not what it declares: {findings}',
    help: 'nothing was published; mend the SQL or the declaration, and compare with `./fdp model diff {model}`',
  },
})
