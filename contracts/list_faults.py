"""What can be wrong with a list that somebody hands in, each with the cure after a semicolon."""

from collections.abc import Mapping

LIST_FAULTS: Mapping[str, str] = {
    # a row
    "row_unclosed": "a quotation mark is opened in this line and never closed; close it, or remove it",
    "row_unreadable": "this line cannot be read ({fault}); check its quotation marks",
    "row_too_wide": (
        "the row has {cells} cells and the header {width}; a cell that holds the delimiter needs quotation marks "
        "around it"
    ),
    "row_repeated": "the same number stands in line {first}; keep one of the two",
    # a cell
    "cell_too_long": "{length} characters are too many; give at most {most}",
    "phone_not_given": "there is no phone number; fill in {column}",
    "name_not_given": "neither contact_name nor business_name is filled in; fill in {column}",
    "number_rounded": (
        "{written} is a number that the spreadsheet has rounded: its last digits are lost; format the column as text "
        "and enter the number again"
    ),
    "number_hidden": "{written} is what a column that is too narrow shows; widen the column and export again",
    "status_unknown": "nobody knows what the status {written!r} means; use new, called, done or do_not_call",
    "listed_unreadable": "{written!r} does not say whether the registry lists the number; write yes or no",
    "date_unreadable": "{written!r} is no date; write it as 2026-11-21",
    "date_in_future": "{day} is in the future; give the day on which the registry was asked",
    # a file
    "file_empty": "the file is empty; upload one with a header and a row for each lead",
    "file_excel": "this is an Excel workbook and not a CSV file; save the sheet as “CSV UTF-8” and upload that",
    "file_old_excel": "this is an old Excel workbook and not a CSV file; save the sheet as “CSV UTF-8” and upload that",
    "file_pdf": "this is a PDF document and not a CSV file; save the sheet as “CSV UTF-8” and upload that",
    "file_web_page": "this is a web page and not a CSV file; save the sheet as “CSV UTF-8” and upload that",
    "file_compressed": "this file is compressed; unpack it and upload the CSV file inside",
    "file_long_line": "line {line} has more than {most} characters; upload a CSV file",
    "file_without_numbers": (
        "no column of phone numbers is named in the first rows ({shown}); name one contact_number in the header"
    ),
    "file_too_large": "the file has more than {most} MB; split it, or raise UPLOAD_MAX_MB",
    "file_lost": "whoever had the file is gone; upload it again: rows that are in stay as they are",
    "file_reading_stopped": (
        "reading stopped with an error, which the dialer's log shows; upload the file again: rows that are in stay"
    ),
}
