"""What can be wrong with a playbook that somebody edits, each with the remedy."""

from collections.abc import Mapping

PLAYBOOK_FAULTS: Mapping[str, str] = {
    "fault_at": "`{place}`: {why}",
    # the file
    "playbook_too_long": "longer than {most} bytes; shorten it",
    "playbook_begins": "a playbook begins with `name:`; see `messiah playbook new`",
    "playbook_too_deep": "sections within sections within sections; see docs/playbooks.md",
    "playbook_repeats": "*{anchor} repeats what stands elsewhere; write it out here",
    "playbook_unreadable": "{fault}; check indentation and quotes",
    "playbook_misnamed": "it is {here} here, and {name} was to be saved; make them the same",
    # keys and values
    "key_unknown": "there is no such key; {why}",
    "key_missing": "it is missing; add it",
    "key_missing_for": "it is missing; add it ({meaning})",
    "key_twice": "`{key}` is already there in line {line}; remove one",
    "key_of_all_variants": "`{key}` is the same in all variants; remove it here",
    "near_word": "did you mean `{word}`?",
    "keys_known": "keys here are {words}",
    "value_odd": "a value is no day, number or yes or no, though it looks like one: quote it",
    "value_text": "this is text: put it in quotes",
    "value_section": "this is a section: write its keys below it, indented",
    "value_list": "this is a list: write one item a line, each with - before it",
    "value_gender": "it may be f or m",
    "value_most": "Input should be less than or equal to {most}",
    "value_below": "Input should be less than {most}",
    "value_least": "Input should be greater than or equal to {least}",
    "value_above": "Input should be greater than {least}",
    "value_integer": "Input should be a valid integer, unable to parse string as an integer",
    "value_number": "Input should be a valid number, unable to parse string as a number",
    "value_yes_no": "Input should be a valid boolean, unable to interpret input",
    "value_choice": "Input should be {choices}",
    "text_too_long": "String should have at most {most} characters",
    "text_empty": "String should have at least 1 character",
    "text_too_short": "String should have at least {least} characters",
    # what does not go together
    "names_twice": "{names} is there twice; rename one",
    "question_waits": "{question} waits for an answer to {others}, which is not asked before it",
    "choices_alone": "`answer: choice` and `choices` go together; give both or neither",
    "again_same": "`again` must put the question in other words than `ask`",
    "objection_unheard": "give `intents`, `phrases` or both, so that it is known when it is said",
    "dates_swapped": "`until` comes before `since`; swap them",
    "amount_unsaid": "`say` must state the amount in digits, {amount}; the voice reads them aloud",
    "deadlines_swapped": "`total_s` is shorter than `first_token_s`; make it longer",
    "silence_same": "the two lines of `silence` must differ; nobody likes to hear a line twice",
    "voicemail_empty": "`leave: true` needs a `text`",
    # sentences and what they name
    "variable_unknown": "there is no `{name}` here; {why}",
    "variables_known": "a sentence here may use {words}",
    "variable_unnamed": "it must name {{{{ {name} }}}}, which is what it is about",
    "variable_unguarded": (
        "`{name}` may be unknown: write {{{{ {name} or '...' }}}}, or {{% if {name} %}}...{{% endif %}} around it"
    ),
    "template_unclosed": "{fault}; close every {{{{ and {{% if %}}",
    "template_too_much": "`{kind}` is too much for a sentence: it may name variables, use `or` and {{% if %}}",
    "undisclosed": (
        "it must say, to everybody, that an artificial intelligence speaks and, if it is so, that the call is recorded"
    ),
    # sentences as they are heard
    "reads_odd": "for a lead of whom little is known it reads «{sentence}»",
    "agent_is_woman": "the agent speaks of itself as a man, and the persona is a woman",
    "agent_is_man": "the agent speaks of itself as a woman, and the persona is a man",
    "word_unknown_to_voice": "the voice does not know how to read {name}: add it to `lexicon`",
    "word_of_other_script": "a word the voice cannot read: {word}",
    "slash": "form with a slash: {word}",
    "sentences_too_many": "{count} sentences, at most {most}",
    "sentence_too_long": "a sentence of {count} words, at most {most}",
    "vowel_points": "vowel points where none are needed: {word}",
    "speaks_to_man": "speaks to a man: {word}",
    "speaks_to_woman": "speaks to a woman: {word}",
    "speaks_to_either": "speaks to a man or a woman: {word}",
    "assumes_gender": "assumes a man or a woman: {word}",
    "not_spoken": "written, not spoken: {word}",
}
