"""What a document says, each reader beside its writer: requests, answers, authorizations, claims, remittances.

Other rooms use the records themselves and what reads and writes them:

    request        Request; read_requests, write_request; request_from_json, request_to_json, request_schema
    response       Response; read_responses, write_response
    inquiry        Inquiry; read_inquiries, read_inquiry_answers, write_inquiries, write_inquiry_answer, inquiry_about
    following      follow, Following: a request that goes on from an authorization
    notification   Notification, NotificationAnswer; read_ and write_ of both, answer_notification
    authorization  Authorization, CertifiedService, Decision, Rejection; read_authorizations, read_messages, combine
    claim          Claim, ClaimLine, OtherPayer, HeldNumber; read_claims, claim_of
    claim_facts    Facts, facts_of: what linking compares of a plain claim, from its bytes
    reading        Records: those of a source one at a time, and that it was cut off
    numbering      put_number, remove_number: REF*G1 in a claim
    claim_numbers  with_numbers: the same in a plain claim, by its bytes
    remittance     Payment, PaidLine, Adjustment; read_payments, payment_of
    advice         Remittance, Totals; read_remittances: an 835 with its payments one at a time
    provider_adjustment, provider_summary  ProviderAdjustment: PLB; ProviderSummary: TS3, TS2
    balance        Balance: what must add up in an 835, and what it comes to
    adjudication   Inpatient, Outpatient, Figure: what else an 835 tells of a claim
    transfer       Transfer, Account: what stands before an 835's claims; read_transfer
    parties        Person, Party, Address, Contact, Reference
    services       Procedure, Quantity, Period, Pattern, Diagnosis
    review         what a 278 says about an event and its services, in both directions
    envelope       Envelope: the ISA, GS and ST around what is written
    json           records of any kind as JSON
    cells          rows_in, RowProblem: tables that spreadsheets save, for `spreadsheet` and a schedule

Readers are tolerant: what is missing or odd becomes a default, never an exception; judging is the guides' business. Writers are
strict: what cannot be carried by X12 is a RecordError that names the field, never its value.
`forms` and `values` (elements as fields) belong to this room alone.
"""
